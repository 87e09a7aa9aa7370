/** The connectors that this gateway speaks, by the provider's key. */
import type { ProviderKey } from '../src/domain/calendar.ts';
import type { Connector } from '../src/domain/connector.ts';
import { caldavConnector } from './caldav/index.ts';
import { type GoogleConfig, googleConnector } from './google/index.ts';
import { type OutlookConfig, outlookConnector } from './outlook/index.ts';

export type ConnectorRegistry = ReadonlyMap<ProviderKey, Connector>;

export interface RegistryOptions {
  /** Lets users name servers on private and loopback addresses. */
  readonly allowPrivateHosts: boolean;
  /** Left out: this gateway does not speak to Google. */
  readonly google?: GoogleConfig;
  /** Left out: this gateway does not speak to Microsoft. */
  readonly microsoft?: OutlookConfig;
}

export function buildRegistry(o: RegistryOptions): ConnectorRegistry {
  const connectors: readonly Connector[] = [
    caldavConnector({ allowPrivateHosts: o.allowPrivateHosts }),
    ...(o.google === undefined ? [] : [googleConnector({ google: o.google })]),
    ...(o.microsoft === undefined ? [] : [outlookConnector({ outlook: o.microsoft })]),
  ];
  return new Map(connectors.map((connector) => [connector.provider, connector]));
}
