/** `embedded --data DIR [--port N]`: runs the server in the foreground and prints its URI; or `backup`, `restore`, `export`. */
import { parseCli } from './cli-options.ts';
import { EmbeddedServer } from './server.ts';
import { isTransferCommand, runTransfer } from './transfer/cli.ts';

function say(message: string): void {
  process.stderr.write(`${message}\n`);
}

async function main(): Promise<void> {
  const [command, ...rest] = process.argv.slice(2);
  if (isTransferCommand(command)) process.exit(await runTransfer(command, rest, process.env, say));
  const options = parseCli(process.argv.slice(2), process.env);
  const server = new EmbeddedServer({
    dataDir: options.dataDir,
    ...(options.port === null ? {} : { port: options.port }),
    warn: say,
    onFailure: () => process.exit(1),
  });
  const { uri } = await server.start();
  stopOnRequest(server, options.hasLifeline);
  process.stdout.write(`${uri}\n`);
}

function stopOnRequest(server: EmbeddedServer, hasLifeline: boolean): void {
  let isStopping = false;
  const stop = (): void => {
    // Asked a second time, somebody is impatient: everything acknowledged is on disk anyway.
    if (isStopping) process.exit(1);
    isStopping = true;
    server.stop().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  if (!hasLifeline) return;
  process.stdin.resume();
  process.stdin.once('close', () => {
    if (!isStopping) stop();
  });
  // The parent may be gone, and stdout with it, before the last line is written.
  process.stdout.on('error', () => undefined);
}

function fail(error: unknown): never {
  say(error instanceof Error ? error.message : String(error));
  process.exit(1);
}

main().catch(fail);
