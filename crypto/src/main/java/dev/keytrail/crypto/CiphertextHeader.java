package dev.keytrail.crypto;

import dev.keytrail.call.Bytes;
import java.util.HexFormat;
import java.util.Optional;

/**
 * What a KMS ciphertext says in clear: whose key and which material made it. Nothing in it is trusted before the tag
 * check of {@link SymmetricKeys#open}.
 *
 * <p>55 bytes: what follows it (one byte, {@link Kind}); form of the key id (0 UUID, 1 {@code mrk-}); account number (5 bytes, big-endian);
 * the key id's 32 hex digits (16 bytes); material id (32 bytes).
 *
 * @param kind where the material is, and so what follows the header
 * @param account twelve digits
 * @param keyId {@code 1234abcd-...} or {@code mrk-...}
 * @param materialId the 64 hex digits of {@link WrappedMaterial#id()}, or of a token's key
 */
public record CiphertextHeader(Kind kind, String account, String keyId, String materialId) {
    static final int SIZE_BYTES = 55;

    /** The three ciphertexts there are. */
    public enum Kind {
        /** {@link SymmetricKeys}: the material is here. */
        OWN(1, SymmetricKeys.OVERHEAD_BYTES),
        /** {@link ExternalCiphertext}: one of ours, encrypted again under a key that is kept elsewhere. */
        EXTERNAL(2, SIZE_BYTES + ExternalCiphertext.FRAME_BYTES),
        /** {@link TokenCiphertext}: made inside a cryptographic token. */
        TOKEN(3, SIZE_BYTES + TokenCiphertext.OVERHEAD_BYTES);

        private final byte version;
        private final int bytesMin;

        Kind(int version, int bytesMin) {
            this.version = (byte) version;
            this.bytesMin = bytesMin;
        }

        private static Optional<Kind> of(byte[] ciphertext) {
            for (Kind kind : values()) {
                if (ciphertext.length >= kind.bytesMin && ciphertext[0] == kind.version) {
                    return Optional.of(kind);
                }
            }
            return Optional.empty();
        }
    }

    /** Of a ciphertext whose material is here. */
    public CiphertextHeader(String account, String keyId, String materialId) {
        this(Kind.OWN, account, keyId, materialId);
    }

    private static final byte FORM_UUID = 0;
    private static final byte FORM_MULTI_REGION = 1;
    private static final int ACCOUNT_AT = 2;
    private static final int KEY_AT = 7;
    private static final int MATERIAL_AT = 23;
    private static final long ACCOUNT_MAX = 999_999_999_999L;
    private static final String MULTI_REGION_PREFIX = "mrk-";
    private static final HexFormat HEX = HexFormat.of();

    /** Empty when the bytes are not a ciphertext of ours: too short, unknown version. */
    public static Optional<CiphertextHeader> parse(Bytes ciphertext) {
        byte[] in = ciphertext.unsafeArray();
        Optional<Kind> kind = Kind.of(in);
        if (kind.isEmpty() || in[1] < 0 || in[1] > FORM_MULTI_REGION) {
            return Optional.empty();
        }
        long number = 0;
        for (int i = ACCOUNT_AT; i < KEY_AT; i++) {
            number = (number << 8) | (in[i] & 0xFF);
        }
        if (number > ACCOUNT_MAX) {
            return Optional.empty();
        }
        String digits = Long.toString(number);
        String account = "0".repeat(12 - digits.length()) + digits;
        String hex = HEX.formatHex(in, KEY_AT, MATERIAL_AT);
        String keyId = in[1] == FORM_UUID
                ? hex.substring(0, 8)
                        + '-'
                        + hex.substring(8, 12)
                        + '-'
                        + hex.substring(12, 16)
                        + '-'
                        + hex.substring(16, 20)
                        + '-'
                        + hex.substring(20)
                : MULTI_REGION_PREFIX + hex;
        return Optional.of(
                new CiphertextHeader(kind.get(), account, keyId, HEX.formatHex(in, MATERIAL_AT, SIZE_BYTES)));
    }

    /** The 55 bytes; refuses names that have no form here, which no key of ours can bear. */
    byte[] encoded() {
        byte[] out = new byte[SIZE_BYTES];
        out[0] = kind.version;
        boolean multiRegion = keyId.startsWith(MULTI_REGION_PREFIX);
        out[1] = multiRegion ? FORM_MULTI_REGION : FORM_UUID;
        writeAccount(out);
        if (multiRegion) {
            writeHex(keyId, 4, keyId.length(), out, KEY_AT, 16);
        } else {
            writeUuid(out);
        }
        writeHex(materialId, 0, materialId.length(), out, MATERIAL_AT, 32);
        return out;
    }

    private void writeAccount(byte[] out) {
        if (account.length() != 12) {
            throw new IllegalArgumentException("account id of " + account.length() + " characters");
        }
        long number = 0;
        for (int i = 0; i < 12; i++) {
            int digit = account.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                throw new IllegalArgumentException("account id with other characters than digits");
            }
            number = number * 10 + digit;
        }
        for (int i = KEY_AT - 1; i >= ACCOUNT_AT; i--) {
            out[i] = (byte) number;
            number >>>= 8;
        }
    }

    private void writeUuid(byte[] out) {
        if (keyId.length() != 36
                || keyId.charAt(8) != '-'
                || keyId.charAt(13) != '-'
                || keyId.charAt(18) != '-'
                || keyId.charAt(23) != '-') {
            throw new IllegalArgumentException("key id is neither a UUID nor mrk-");
        }
        writeHex(keyId, 0, 8, out, KEY_AT, 4);
        writeHex(keyId, 9, 13, out, KEY_AT + 4, 2);
        writeHex(keyId, 14, 18, out, KEY_AT + 6, 2);
        writeHex(keyId, 19, 23, out, KEY_AT + 8, 2);
        writeHex(keyId, 24, 36, out, KEY_AT + 10, 6);
    }

    private static void writeHex(String text, int from, int to, byte[] out, int at, int bytes) {
        if (to - from != 2 * bytes) {
            throw new IllegalArgumentException("expected " + 2 * bytes + " hex digits, got " + (to - from));
        }
        for (int i = 0; i < bytes; i++) {
            out[at + i] = (byte) ((digit(text.charAt(from + 2 * i)) << 4) | digit(text.charAt(from + 2 * i + 1)));
        }
    }

    /** Lower case only: two spellings of one id would be one header. */
    private static int digit(char c) {
        if (c >= '0' && c <= '9') {
            return c - '0';
        }
        if (c >= 'a' && c <= 'f') {
            return c - 'a' + 10;
        }
        throw new IllegalArgumentException("not a lower-case hex digit");
    }
}
