package dev.keytrail.crypto;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * A long text, encrypted and authenticated in chunks: the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015) over
 * AES-256-GCM. Each chunk's nonce is its number, with a last byte that says whether it is the last; so a stream that is cut,
 * reordered, spliced or lengthened does not open. The key serves one stream only: HMAC-SHA-256 of a fresh key over its header,
 * so that the header cannot be exchanged either.
 */
public final class SealedStream {
    /** Plaintext of every chunk but the last. */
    public static final int CHUNK_BYTES = 1 << 20;

    private static final int TAG_BYTES = 16;
    private static final int NONCE_BYTES = 12;
    private static final byte[] LABEL = "keytrail sealed stream 1".getBytes(StandardCharsets.US_ASCII);

    private SealedStream() {}

    /** Closing it writes the last chunk, without which nothing opens. Closes {@code out}. */
    public static OutputStream seal(Secret key, Bytes header, OutputStream out) {
        return new Sealing(new Chunks(key, header), out);
    }

    /**
     * Gives out nothing that was not authenticated. The end of the stream is the end of what was sealed: reaching it means
     * that all of it was there.
     *
     * @return a stream whose reads throw {@link Damaged} when anything is not as it was sealed
     */
    public static InputStream open(Secret key, Bytes header, InputStream in) {
        return new Opening(new Chunks(key, header), in);
    }

    /** The stream is cut, altered, or of another key or header. */
    public static final class Damaged extends IOException {
        private static final long serialVersionUID = 1L;

        Damaged(String text) {
            super(text);
        }
    }

    private static final class Chunks {
        private final SecretKeySpec key;
        private long number;

        Chunks(Secret key, Bytes header) {
            try {
                Mac mac = Mac.getInstance("HmacSHA256", "SunJCE");
                mac.init(new SecretKeySpec(key.reveal(), "HmacSHA256"));
                mac.update(LABEL);
                byte[] derived = mac.doFinal(header.unsafeArray());
                this.key = new SecretKeySpec(derived, "AES");
                Arrays.fill(derived, (byte) 0);
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("this JDK lacks HmacSHA256 in SunJCE", e);
            }
        }

        byte[] run(int mode, byte[] chunk, int length, boolean last) throws GeneralSecurityException {
            byte[] nonce = new byte[NONCE_BYTES];
            for (int i = 0; i < 8; i++) {
                nonce[10 - i] = (byte) (number >>> 8 * i);
            }
            nonce[NONCE_BYTES - 1] = (byte) (last ? 1 : 0);
            number++;
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding", "SunJCE");
            cipher.init(mode, key, new GCMParameterSpec(TAG_BYTES * 8, nonce));
            return cipher.doFinal(chunk, 0, length);
        }
    }

    private static final class Sealing extends OutputStream {
        private final Chunks chunks;
        private final OutputStream out;
        private final byte[] chunk = new byte[CHUNK_BYTES];
        private int filled;
        private boolean closed;

        Sealing(Chunks chunks, OutputStream out) {
            this.chunks = chunks;
            this.out = out;
        }

        @Override
        public void write(int octet) throws IOException {
            write(new byte[] {(byte) octet}, 0, 1);
        }

        @Override
        public void write(byte[] source, int offset, int length) throws IOException {
            int at = offset;
            int end = offset + length;
            while (at < end) {
                if (filled == CHUNK_BYTES) { // more follows, so it is not the last
                    flushChunk(false);
                }
                int taken = Math.min(end - at, CHUNK_BYTES - filled);
                System.arraycopy(source, at, chunk, filled, taken);
                filled += taken;
                at += taken;
            }
        }

        private void flushChunk(boolean last) throws IOException {
            try {
                out.write(chunks.run(Cipher.ENCRYPT_MODE, chunk, filled, last));
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("AES-GCM refuses to seal", e);
            }
            Arrays.fill(chunk, (byte) 0);
            filled = 0;
        }

        @Override
        public void close() throws IOException {
            if (!closed) {
                closed = true;
                flushChunk(true);
                out.close();
            }
        }
    }

    private static final class Opening extends InputStream {
        private final Chunks chunks;
        private final InputStream in;
        private byte[] ahead = new byte[CHUNK_BYTES + TAG_BYTES];
        private int aheadBytes;
        private byte[] plain = {};
        private int at;
        private boolean begun;
        private boolean ended;

        Opening(Chunks chunks, InputStream in) {
            this.chunks = chunks;
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            while (at == plain.length) {
                if (ended) {
                    return -1;
                }
                next();
            }
            int given = Math.min(length, plain.length - at);
            System.arraycopy(plain, at, target, offset, given);
            at += given;
            return given;
        }

        /** Reads one chunk ahead, for only the end of the file tells which is the last. */
        private void next() throws IOException {
            if (!begun) {
                begun = true;
                aheadBytes = in.readNBytes(ahead, 0, ahead.length);
            }
            byte[] sealed = ahead;
            int sealedBytes = aheadBytes;
            ahead = new byte[CHUNK_BYTES + TAG_BYTES];
            aheadBytes = sealedBytes < sealed.length ? 0 : in.readNBytes(ahead, 0, ahead.length);
            ended = aheadBytes == 0;
            if (sealedBytes < TAG_BYTES) {
                throw new Damaged("the stream is cut");
            }
            Arrays.fill(plain, (byte) 0);
            try {
                plain = chunks.run(Cipher.DECRYPT_MODE, sealed, sealedBytes, ended);
            } catch (GeneralSecurityException _) {
                throw new Damaged("the stream is cut or altered");
            }
            at = 0;
        }

        @Override
        public void close() throws IOException {
            Arrays.fill(plain, (byte) 0);
            in.close();
        }
    }
}
