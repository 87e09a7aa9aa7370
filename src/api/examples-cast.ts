/** Who and what the examples tell of: Ana the technician, her calendar, and a boiler service for Kim. */

export const ana = 'res_7v3k0q1m2n4p5r6s8t9a';
export const van = 'res_4c6e8g0i2k4m6o8q0s2u';
export const anasCalendar = 'cal_1f3h5j7l9n1p3r5t7v9b';
export const boilerEvent = 'evt_2b4d6f8h0j2l4n6p8r0t';
export const boilerBooking = 'bkg_2b4d6f8h0j2l4n6p8r0t';
/** An appointment of her own that Ana wrote into her calendar. */
export const dentistEvent = 'evt_9a7c5e3g1i9k7m5o3q1s';
export const aConflict = 'cnf_3e5g7i9k1m3o5q7s9u1c';

export const kim = {
  name: 'Kim Example',
  phone: '+49 30 901820',
  email: 'kim@example.com',
  timeZone: 'Europe/Berlin',
  language: 'en-US',
};
/** Of a list with one page. */
export const onePage = (...data: readonly object[]) => ({ data, next: null });
