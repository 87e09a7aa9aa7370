/** All routes of `/v1`, in the order in which the documentation shows them. */
import { auditRoutes } from './audit.ts';
import type { Authenticator } from './auth.ts';
import { availabilityRoutes } from './availability.ts';
import { bookingRoutes } from './bookings.ts';
import { bulkRoutes } from './bulk.ts';
import { calendarRoutes } from './calendars.ts';
import { conflictRoutes } from './conflicts.ts';
import { connectionRoutes } from './connections.ts';
import { consentRoutes } from './consent.ts';
import { copyPreviewRoutes } from './copy-preview.ts';
import { doctorRoutes } from './doctor.ts';
import { feedRoutes } from './feeds.ts';
import { holdRoutes } from './holds.ts';
import { noticeRoutes } from './notices.ts';
import { offerRoutes } from './offers.ts';
import type { AppParts } from './parts.ts';
import { proofRoutes } from './proof.ts';
import { resourceRoutes } from './resources.ts';
import type { Route } from './route.ts';
import { scheduleRoutes } from './schedule.ts';
import { storyRoutes } from './story.ts';
import { streamRoutes } from './stream.ts';
import { policyRoutes } from './tenant-policy.ts';
import { tenantRoutes } from './tenants.ts';
import { webhookRoutes } from './webhooks.ts';
import { deliveryRoutes } from './webhooks-deliveries.ts';

export function allRoutes(parts: AppParts, auth: Authenticator): readonly Route[] {
  return [
    ...resourceRoutes(parts),
    ...feedRoutes(parts),
    ...connectionRoutes(parts),
    ...consentRoutes(parts),
    ...calendarRoutes(parts),
    ...policyRoutes(parts),
    ...availabilityRoutes(parts),
    ...holdRoutes(parts),
    ...offerRoutes(parts),
    ...bulkRoutes(parts),
    ...bookingRoutes(parts),
    ...copyPreviewRoutes(parts),
    ...noticeRoutes(parts),
    ...scheduleRoutes(parts),
    ...conflictRoutes(parts),
    ...storyRoutes(parts),
    ...auditRoutes(parts),
    ...proofRoutes(parts),
    ...doctorRoutes(parts),
    ...webhookRoutes(parts),
    ...deliveryRoutes(parts),
    ...streamRoutes(parts, auth),
    ...tenantRoutes(parts, auth),
  ];
}
