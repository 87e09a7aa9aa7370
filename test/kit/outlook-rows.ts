/** Events as Graph tells them, in the form of real answers. */

/** A single event on 2027-06-01 from 09:00 to 10:00 UTC. */
export const graphSingle = (id: string, more: object = {}) => ({
  ...{ '@odata.etag': 'W/"2"', id, type: 'singleInstance', seriesMasterId: null, transactionId: null, categories: [] },
  ...{ createdDateTime: '2027-05-10T08:00:00.0000000Z', lastModifiedDateTime: '2027-05-10T08:00:00.0000000Z' },
  ...{ subject: 'Dentist', bodyPreview: '', showAs: 'busy', body: { contentType: 'text', content: '' } },
  ...{ location: { displayName: '' }, sensitivity: 'normal', recurrence: null, attendees: [] },
  ...{ isAllDay: false, isCancelled: false, isOrganizer: true, responseStatus: { response: 'organizer' } },
  ...{ originalStartTimeZone: 'UTC', originalEndTimeZone: 'UTC' },
  start: { dateTime: '2027-06-01T09:00:00.0000000', timeZone: 'UTC' },
  end: { dateTime: '2027-06-01T10:00:00.0000000', timeZone: 'UTC' },
  ...more,
});

/** Five days in a row from 2027-06-01, as a read of the master with its parts tells them. */
export const graphMaster = (id: string, more: object = {}) =>
  graphSingle(id, {
    type: 'seriesMaster',
    recurrence: {
      pattern: { type: 'daily', interval: 1, month: 0, dayOfMonth: 0, firstDayOfWeek: 'sunday', index: 'first' },
      range: {
        ...{ type: 'numbered', startDate: '2027-06-01', endDate: '0001-01-01' },
        ...{ recurrenceTimeZone: 'UTC', numberOfOccurrences: 5 },
      },
    },
    ...{ cancelledOccurrences: [], exceptionOccurrences: [] },
    ...more,
  });

/** One day of that series. */
export const graphDay = (id: string, master: string, day: string, more: object = {}) =>
  graphSingle(id, {
    ...{ type: 'occurrence', seriesMasterId: master, occurrenceId: `OID.${master}.${day}` },
    start: { dateTime: `${day}T09:00:00.0000000`, timeZone: 'UTC' },
    end: { dateTime: `${day}T10:00:00.0000000`, timeZone: 'UTC' },
    ...more,
  });
