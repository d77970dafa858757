package dev.keytrail.crypto.custody;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Secret;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;

/**
 * Shamir's secret sharing (A. Shamir, How to Share a Secret, CACM 22, 1979) over GF(2^8) with AES's polynomial, byte by byte.
 * Fewer shares than the threshold tell nothing at all about the key. Arithmetic takes the same time whatever the values: no
 * tables, no branches on secrets.
 */
public final class Sharing {
    /** Numbers of shares are the field's elements but zero; more people than this share nothing sensibly. */
    public static final int COUNT_MAX = 64;

    private static final int THRESHOLD_MIN = 2;
    private static final int SET_BYTES = 4;

    private Sharing() {}

    /** Shares to hand out, and the keeper that knows them again. */
    public record Split(Keeper.Shares keeper, List<Share> shares) {
        public Split {
            shares = List.copyOf(shares);
        }
    }

    /** @throws CustodyRefused when the numbers make no sense */
    public static Split split(WrappingKey key, int threshold, int count, Entropy entropy) {
        if (threshold < THRESHOLD_MIN || count < threshold || count > COUNT_MAX) {
            throw new CustodyRefused("the threshold must be at least " + THRESHOLD_MIN
                    + " and at most the number of shares, which is at most " + COUNT_MAX);
        }
        String set = entropy.hex(SET_BYTES);
        List<Share> shares = new ArrayList<>();
        List<Bytes> commitments = new ArrayList<>();
        try (Secret secret = key.copy()) {
            byte[] constant = secret.reveal();
            byte[][] coefficients = new byte[threshold - 1][];
            for (int i = 0; i < coefficients.length; i++) {
                coefficients[i] = entropy.bytes(constant.length);
            }
            for (int x = 1; x <= count; x++) {
                Share share = new Share(set, threshold, count, x, Secret.adopt(at(x, constant, coefficients)));
                shares.add(share);
                commitments.add(share.commitment());
            }
            for (byte[] coefficient : coefficients) {
                Arrays.fill(coefficient, (byte) 0);
            }
        }
        return new Split(new Keeper.Shares(set, threshold, commitments), shares);
    }

    /** Horner's rule at {@code x}, which is no secret. */
    private static byte[] at(int x, byte[] constant, byte[][] coefficients) {
        byte[] value = new byte[constant.length];
        for (int i = 0; i < value.length; i++) {
            int y = 0;
            for (int j = coefficients.length - 1; j >= 0; j--) {
                y = multiply(y ^ (coefficients[j][i] & 0xFF), x);
            }
            value[i] = (byte) (y ^ (constant[i] & 0xFF));
        }
        return value;
    }

    /**
     * Whether this is one of the keeper's shares.
     *
     * @throws CustodyRefused that names the share which is not, and why
     */
    public static void check(Keeper.Shares keeper, Share share) {
        if (!share.set().equals(keeper.set())) {
            throw new CustodyRefused("share " + share.number() + " is of set " + share.set()
                    + ", but this server's custody is set " + keeper.set());
        }
        boolean known = share.number() >= 1
                && share.number() <= keeper.commitments().size()
                && share.commitment().equals(keeper.commitments().get(share.number() - 1));
        if (!known) {
            throw new CustodyRefused("share " + share.number() + " of set " + share.set() + " is not genuine");
        }
    }

    /**
     * The key of at least {@code threshold} different shares, each of which was {@linkplain #check checked}.
     *
     * @throws CustodyRefused when they are too few
     */
    public static WrappingKey combine(Keeper.Shares keeper, Collection<Share> given) {
        TreeMap<Integer, Share> distinct = new TreeMap<>();
        for (Share share : given) {
            check(keeper, share);
            distinct.put(share.number(), share);
        }
        if (distinct.size() < keeper.threshold()) {
            throw new CustodyRefused(
                    keeper.threshold() + " different shares are needed, and " + distinct.size() + " were given");
        }
        List<Share> shares =
                distinct.values().stream().limit(keeper.threshold()).toList();
        byte[] key = new byte[shares.getFirst().value().sizeBytes()];
        for (Share share : shares) {
            int weight = weight(share, shares);
            byte[] value = share.value().reveal();
            for (int i = 0; i < key.length; i++) {
                key[i] ^= (byte) multiply(value[i] & 0xFF, weight);
            }
        }
        return WrappingKey.of(Secret.adopt(key));
    }

    /** Lagrange's basis polynomial of a share, at zero. */
    private static int weight(Share of, List<Share> among) {
        int weight = 1;
        for (Share other : among) {
            if (other.number() != of.number()) {
                weight = multiply(weight, multiply(other.number(), inverse(other.number() ^ of.number())));
            }
        }
        return weight;
    }

    /** In GF(2^8) modulo x^8 + x^4 + x^3 + x + 1 (FIPS 197 section 4.2), by masks instead of branches. */
    static int multiply(int a, int b) {
        int product = 0;
        int shifted = a;
        for (int bit = 0; bit < 8; bit++) {
            product ^= shifted & -((b >> bit) & 1);
            shifted = ((shifted << 1) ^ (0x11B & -((shifted >> 7) & 1))) & 0xFF;
        }
        return product;
    }

    /** a to the power of 254; of zero it is zero. */
    static int inverse(int a) {
        int power = a;
        int result = 1;
        for (int bit = 1; bit < 8; bit++) {
            power = multiply(power, power);
            result = multiply(result, power);
        }
        return result;
    }
}
