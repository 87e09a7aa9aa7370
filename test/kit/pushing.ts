/** A provider that pushes: the memory connector with a desk for channels that remembers them and can refuse. */
import type { Capabilities, ChannelGrant, Connector, HookMeaning, HookRequest } from '../../src/domain/connector.ts';
import type { Clock } from '../../src/domain/ports.ts';
import type { Instant } from '../../src/domain/time.ts';

export interface PushProvider {
  readonly connector: Connector;
  /** Open channels by our id, with the secret that their hints carry. */
  readonly open: Map<string, { readonly secret: string; readonly remoteId: string }>;
  readonly calls: string[];
  /** Thrown at the next opening, then forgotten. */
  refusal: Error | null;
  /** Runs while a channel is being opened, before the answer. */
  onOpening: (id: string, secret: string) => Promise<void>;
  /** Answers of `revoke`. */
  revoked: number;
}

const lifeMs = 7 * 86_400_000;

export function pushing(
  inner: Connector,
  o: { readonly clock: Clock; readonly renew: 'in-place' | 'replace' },
): PushProvider {
  let made = 0;
  const grant = (remoteId: string): ChannelGrant => ({ remoteId, endsAt: (o.clock.now() + lifeMs) as Instant });
  const capabilities: Capabilities = {
    ...inner.capabilities,
    push: { maxLifeMs: lifeMs, renew: o.renew, lifecycle: o.renew === 'in-place' },
  };
  const provider: PushProvider = {
    open: new Map(),
    calls: [],
    refusal: null,
    onOpening: async () => {},
    revoked: 0,
    connector: {
      ...inner,
      capabilities,
      open: (connection, deps) => ({
        ...inner.open(connection, deps),
        async revoke() {
          provider.revoked += 1;
        },
        channels: {
          async open(_calendar, { id, secret }) {
            provider.calls.push('open');
            const { refusal } = provider;
            provider.refusal = null;
            if (refusal !== null) throw refusal;
            await provider.onOpening(id, secret);
            made += 1;
            provider.open.set(id, { secret, remoteId: `sub-${made}` });
            return grant(`sub-${made}`);
          },
          async close({ id }) {
            provider.calls.push('close');
            provider.open.delete(id);
          },
          ...(o.renew === 'in-place'
            ? {
                async renew({ id, remoteId }: { readonly id: string; readonly remoteId: string }) {
                  provider.calls.push('renew');
                  return provider.open.has(id) ? grant(remoteId) : null;
                },
              }
            : {}),
        },
      }),
      readHook: readHook,
    },
  };
  return provider;
}

/** `{channel, secret, kind}` in the body; `?handshake=` is echoed. */
function readHook({ body, query }: HookRequest): HookMeaning {
  if (query.handshake !== undefined) return { kind: 'handshake', echo: query.handshake };
  if (typeof body !== 'object' || body === null) return { kind: 'nonsense', why: 'no object' };
  const hint = { kind: 'changed', channelId: '', secret: '', ...body } as const;
  return { kind: 'hints', hints: [hint] };
}
