import { describe, expect, test } from 'vitest';
import { checkEndpointUrl } from '../../../domain/webhooks/endpoint-url.ts';
import { isPublicAddress } from '../../../domain/webhooks/public-address.ts';

describe('webhooks go nowhere inward', () => {
  test.each([
    ...['0.0.0.0', '10.0.0.1', '10.255.255.255', '100.64.0.1', '100.127.255.255', '100.100.100.200'],
    ...['127.0.0.1', '127.255.255.254', '169.254.169.254', '172.16.0.1', '172.31.255.255', '192.0.0.192'],
    ...['192.0.2.1', '192.88.99.1', '192.168.0.1', '198.18.0.1', '198.19.255.255', '198.51.100.1'],
    ...['203.0.113.1', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255'],
    // Unspecified, loopback, mapped and compatible IPv4, link-local, unique local, site-local, multicast, discard.
    ...['::', '::1', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '::ffff:a00:1', '::7f00:1', 'fe80::1', 'fc00::1'],
    ...['fd00:ec2::254', 'fec0::1', 'ff02::1', '100::1', '2001:db8::1', '3fff::1', '5f00::1'],
    // IPv4 inside IPv6: translators, 6to4, Teredo, local-use translators.
    ...['64:ff9b::a00:1', '64:ff9b::7f00:1', '64:ff9b::a9fe:a9fe', '64:ff9b:1::a00:1', '2002:a00:1::1'],
    ...['2002:7f00:1::', '2002:c0a8:101::1', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
    ...['nonsense', '', '1.2.3', '999.1.1.1', 'fe80::1%eth0'],
  ])('not to %j', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  test.each([
    ...[
      '1.1.1.1',
      '8.8.8.8',
      '9.255.255.255',
      '11.0.0.1',
      '100.63.255.255',
      '100.128.0.1',
      '126.255.255.255',
    ],
    ...['128.0.0.1', '172.15.255.255', '172.32.0.1', '192.167.255.255', '198.20.0.1', '223.255.255.255'],
    ...['2606:4700:4700::1111', '2a00:1450:4001:81b::200e', '64:ff9b::808:808', '2002:808:808::1'],
  ])('but to %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });
});

describe('the URL of an endpoint', () => {
  test.each([
    ['https://shop.example.com/hooks?x=1', null],
    ['https://8.8.8.8/', null],
    ['https://[2606:4700:4700::1111]:8443/', null],
    ['https://localhost.example.com/', null],
    ['http://shop.example.com/', 'https_required'],
    ['https://localhost/', 'private_address'],
    ['https://a.localhost/', 'private_address'],
    ['https://LOCALHOST/', 'private_address'],
    ['https://printer.local/', 'private_address'],
    ['https://127.1/', 'private_address'],
    ['https://0177.0.0.1/', 'private_address'],
    ['https://0x7f000001/', 'private_address'],
    ['https://2130706433/', 'private_address'],
    ['https://１２７.0.0.1/', 'private_address'],
    ['https://[::ffff:7f00:1]/', 'private_address'],
    ['https://[0:0:0:0:0:ffff:127.0.0.1]/', 'private_address'],
    ['https://[64:ff9b::10.0.0.1]/', 'private_address'],
    ['https://user@shop.example.com/', 'invalid_url'],
    ['https://', 'invalid_url'],
    ['file:///etc/passwd', 'invalid_url'],
    ['gopher://shop.example.com/', 'invalid_url'],
  ])('%s: %s', (url, code) => {
    expect(checkEndpointUrl(url, false)?.code ?? null).toBe(code);
  });

  test('may be inward where that is allowed, for development', () => {
    expect(checkEndpointUrl('http://127.0.0.1:8080/', true)).toBeNull();
    expect(checkEndpointUrl('http://localhost/', true)).toBeNull();
    expect(checkEndpointUrl('ftp://localhost/', true)?.code).toBe('invalid_url');
  });
});
