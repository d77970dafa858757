package dev.keytrail.policy;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Optional;

/** A range of IP addresses, v4 or v6. A bare address is a range of one. Never asks a name service. */
final class Cidr {
    private static final int ADDRESS_CHARS_MAX = 45;

    private final byte[] network;
    private final int prefixBits;

    private Cidr(byte[] network, int prefixBits) {
        this.network = network;
        this.prefixBits = prefixBits;
    }

    static Optional<Cidr> parse(String text) {
        int slash = text.indexOf('/');
        Optional<byte[]> address = address(slash < 0 ? text : text.substring(0, slash));
        if (address.isEmpty()) {
            return Optional.empty();
        }
        int bits = 8 * address.get().length;
        int prefix = slash < 0 ? bits : decimal(text, slash + 1, text.length(), bits);
        return prefix < 0 ? Optional.empty() : Optional.of(new Cidr(address.get(), prefix));
    }

    boolean contains(String text) {
        Optional<byte[]> address = address(text);
        return address.isPresent() && contains(address.get());
    }

    private boolean contains(byte[] address) {
        if (address.length != network.length) {
            return false;
        }
        int whole = prefixBits / 8;
        for (int i = 0; i < whole; i++) {
            if (address[i] != network[i]) {
                return false;
            }
        }
        int rest = prefixBits % 8;
        return rest == 0 || ((address[whole] ^ network[whole]) & (0xFF << (8 - rest)) & 0xFF) == 0;
    }

    /** Four or sixteen bytes; a v4 address in v6 clothes ({@code ::ffff:1.2.3.4}) is the v4 address. */
    private static Optional<byte[]> address(String text) {
        if (text.isEmpty() || text.length() > ADDRESS_CHARS_MAX || text.indexOf('%') >= 0) {
            return Optional.empty();
        }
        if (text.indexOf(':') < 0) {
            return v4(text);
        }
        try {
            InetAddress parsed = Inet6Address.ofLiteral(text);
            return Optional.of(parsed.getAddress());
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    private static Optional<byte[]> v4(String text) {
        byte[] address = new byte[4];
        int from = 0;
        for (int i = 0; i < 4; i++) {
            int to = i == 3 ? text.length() : text.indexOf('.', from);
            int part = to < 0 ? -1 : decimal(text, from, to, 255);
            if (part < 0) {
                return Optional.empty();
            }
            address[i] = (byte) part;
            from = to + 1;
        }
        return Optional.of(address);
    }

    /** 0..max from one to three digits, or -1. */
    private static int decimal(String text, int from, int to, int max) {
        if (to <= from || to - from > 3) {
            return -1;
        }
        int value = 0;
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            value = 10 * value + (c - '0');
        }
        return value <= max ? value : -1;
    }
}
