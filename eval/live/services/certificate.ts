/** A certificate of our own making for brokers on the loopback interface, made once by Java's keytool. */
import { join } from 'node:path';
import { cached } from './cache.js';
import { runTool } from './tools.js';

export interface Certificate {
  /** PKCS #12, with the key. */
  readonly keyStorePath: string;
  readonly keyStorePassword: string;
  /** PEM, to be trusted by clients. */
  readonly caPath: string;
}

/** It guards nothing: the key is made here and trusted by tests alone. */
const keyStorePassword = 'loopback-only';

export async function certificate(): Promise<Certificate> {
  const folder = await cached('certificate-1', async (draft) => {
    const store = ['-keystore', join(draft, 'broker.p12'), '-storetype', 'PKCS12', '-storepass', keyStorePassword];
    const name = [
      '-alias',
      'broker',
      '-dname',
      'CN=localhost',
      '-ext',
      'san=ip:127.0.0.1,dns:localhost',
      '-ext',
      'bc=ca:true',
    ];
    await keytool(['-genkeypair', '-keyalg', 'EC', '-groupname', 'secp256r1', '-validity', '3650', ...name, ...store]);
    await keytool(['-exportcert', '-rfc', '-alias', 'broker', '-file', join(draft, 'ca.pem'), ...store]);
  });
  return { keyStorePath: join(folder, 'broker.p12'), keyStorePassword, caPath: join(folder, 'ca.pem') };
}

async function keytool(args: readonly string[]): Promise<void> {
  const { code, lastLines } = await runTool('keytool', args);
  if (code !== 0) throw new Error(`keytool ended with ${code}: ${lastLines.join(' ')}`);
}
