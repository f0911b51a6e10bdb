/** `docker-compose.yml` and what it mounts, as far as they can be judged without a Docker daemon. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { loadKeys } from '../../src/api/auth.js';
import { readConfig } from '../../src/config.js';
import { demoQuestions, tenants } from '../streams/demo-world/index.js';
import { repositoryFolder } from './settings.js';

const service = z.object({
  image: z.string(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).default({}),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
});

const file = z.object({ services: z.record(z.string(), service), volumes: z.record(z.string(), z.null()) });
const { services, volumes } = file.parse(parse(textOf('docker-compose.yml'), { merge: true }));
const all = Object.entries(services);

function textOf(path: string): string {
  return readFileSync(join(repositoryFolder(), path), 'utf8');
}

describe('docker-compose.yml', () => {
  it('names a version of every image', () => {
    const own = 'tidemark:local';
    const images = all.map(([, { image }]) => image).filter((image) => image !== own);
    expect(images.filter((image) => !/:v?\d+\.\d+\.\d+/.test(image))).toEqual([]);
    expect(textOf('Dockerfile')).toMatch(/^ARG NODE=node:\d+\.\d+\.\d+-/m);
  });

  it('opens nothing beyond this machine', () => {
    const ports = all.flatMap(([, one]) => one.ports);
    expect(ports.length).toBeGreaterThan(0);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it('keeps data in volumes with names', () => {
    const named = all
      .flatMap(([, one]) => one.volumes)
      .flatMap((one) => (one.startsWith('.') ? [] : [one.split(':')[0]]));
    expect(new Set(named)).toEqual(new Set(Object.keys(volumes)));
  });

  it('waits for what can tell that it is healthy, or that it is done', () => {
    const imageChecks = /^HEALTHCHECK /m.test(textOf('Dockerfile'));
    const waits = all.flatMap(([, one]) => Object.entries(one.depends_on));
    const healthy = waits.filter(([, { condition }]) => condition === 'service_healthy').map(([name]) => name);
    expect(healthy).toEqual(expect.arrayContaining(['kafka', 'redis', 'qdrant', 'tidemark']));
    const silent = healthy.filter((name) => services[name]?.healthcheck === undefined);
    expect(silent).toEqual(imageChecks ? ['tidemark'] : []);
    expect(waits.filter(([name]) => services[name] === undefined)).toEqual([]);
  });

  it('gives the service settings that it understands', () => {
    const { environment = {} } = services.tidemark ?? {};
    const config = readConfig({ ...environment, AUTH: 'none', HOST: '127.0.0.1' });
    expect(config).toMatchObject({ LOG_URL: 'kafka://kafka:9092', ROLE: 'all', PORT: 7420 });
    expect(Object.keys(environment).filter((name) => !(name in config))).toEqual([]);
  });

  it('has a key for every tenant of the demo world', () => {
    const { authenticate } = loadKeys(join(repositoryFolder(), 'scripts/compose/keys.json'));
    const known = tenants.map((one) => authenticate({ authorization: `Bearer demo-only-${one}`, host: undefined }));
    expect(known.map((one) => one?.tenant)).toEqual(tenants);
    expect(tenants).toContain(demoQuestions[0].tenant);
  });
});
