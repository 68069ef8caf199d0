import { BlockList, isIP } from 'node:net';

/**
 * Which addresses webhooks may be sent to: those that anybody on the internet could reach. All others could be a service of the
 * network in which Longshore runs, and a webhook a way to talk to it.
 * Source of the ranges: the IANA special-purpose address registries for IPv4 and IPv6.
 */
const INNER_IPV4: readonly (readonly [address: string, prefix: number])[] = [
  ['0.0.0.0', 8], // this network
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // shared by a carrier's customers; some clouds answer with metadata here
  ['127.0.0.0', 8], // loopback
  ['169.254.0.0', 16], // link-local, with the metadata services of clouds
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocol assignments
  ['192.0.2.0', 24], // documentation
  ['192.88.99.0', 24], // relays of 6to4
  ['192.168.0.0', 16], // private
  ['198.18.0.0', 15], // benchmarks
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, broadcast
];

/** Within 2000::/3, outside of which nothing is public. */
const INNER_IPV6: readonly (readonly [address: string, prefix: number])[] = [
  ['2001::', 23], // protocol assignments, among them Teredo, which holds IPv4 addresses
  ['2001:db8::', 32], // documentation
  ['3fff::', 20], // documentation
];

/** Where IPv6 addresses are public: global unicast, and IPv4 behind a translator (RFC 6052). */
const OUTER_IPV6: readonly (readonly [address: string, prefix: number])[] = [
  ['2000::', 3],
  ['64:ff9b::', 96],
];

const inner = new BlockList();
const outer = new BlockList();
for (const [address, prefix] of OUTER_IPV6) outer.addSubnet(address, prefix, 'ipv6');
for (const [address, prefix] of INNER_IPV6) inner.addSubnet(address, prefix, 'ipv6');
for (const [address, prefix] of INNER_IPV4) {
  inner.addSubnet(address, prefix, 'ipv4');
  // The same addresses inside IPv6: behind a translator (RFC 6052) and by 6to4 (RFC 3056).
  inner.addSubnet(`64:ff9b::${address}`, 96 + prefix, 'ipv6');
  inner.addSubnet(`2002:${toHex(address)}::`, 16 + prefix, 'ipv6');
}

/** @param address IPv4 or IPv6, without brackets */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !inner.check(address, 'ipv4');
    case 6:
      return outer.check(address, 'ipv6') && !inner.check(address, 'ipv6');
    default:
      return false;
  }
}

function toHex(ipv4: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = ipv4.split('.').map(Number);
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}
