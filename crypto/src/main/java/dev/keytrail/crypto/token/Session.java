package dev.keytrail.crypto.token;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import dev.keytrail.crypto.token.Cryptoki.Function;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** One PKCS#11 session. One thread at a time. What is secret in native memory is zeroed before that is freed. */
final class Session {
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final long USER = 1;
    private static final long MECHANISM_AES_KEY_GEN = 0x1080;
    private static final long MECHANISM_AES_GCM = 0x1087;
    private static final int STRUCTURE_BYTES = 24;
    private static final int GCM_PARAMETERS_BYTES = 48;
    private static final int TAG_BYTES = 16;
    private static final long KEY_BYTES = 32;

    private static final long ATTRIBUTE_CLASS = 0x00;
    private static final long ATTRIBUTE_TOKEN = 0x01;
    private static final long ATTRIBUTE_PRIVATE = 0x02;
    private static final long ATTRIBUTE_LABEL = 0x03;
    private static final long ATTRIBUTE_KEY_TYPE = 0x100;
    private static final long ATTRIBUTE_ID = 0x102;
    private static final long ATTRIBUTE_SENSITIVE = 0x103;
    private static final long ATTRIBUTE_ENCRYPT = 0x104;
    private static final long ATTRIBUTE_DECRYPT = 0x105;
    private static final long ATTRIBUTE_VALUE_LEN = 0x161;
    private static final long ATTRIBUTE_EXTRACTABLE = 0x162;
    private static final long CLASS_SECRET_KEY = 4;
    private static final long TYPE_AES = 0x1F;

    private final Cryptoki cryptoki;
    private final long handle;

    Session(Cryptoki cryptoki, long handle) {
        this.cryptoki = cryptoki;
        this.handle = handle;
    }

    /** A return value that is no success. No stack trace. */
    static final class Failed extends Exception {
        private static final long serialVersionUID = 1L;

        private final long result;

        Failed(Function function, long result) {
            super(function + ": " + Cryptoki.hex(result), null, false, false);
            this.result = result;
        }

        long result() {
            return result;
        }
    }

    private void call(Function function, Object... arguments) throws Failed {
        long result = cryptoki.call(function, arguments);
        if (result != Cryptoki.OK) {
            throw new Failed(function, result);
        }
    }

    void login(Secret pin) throws Failed {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = copy(arena, pin.reveal());
            try {
                call(Function.LOGIN, handle, USER, text, (long) pin.sizeBytes());
            } finally {
                text.fill((byte) 0);
            }
        }
    }

    void logout() throws Failed {
        call(Function.LOGOUT, handle);
    }

    void close() {
        // Whatever it answers, the session is gone.
        cryptoki.call(Function.CLOSE_SESSION, handle);
    }

    /** The one secret key of this {@code CKA_ID}. */
    Optional<Long> find(Bytes id) throws Failed {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment template = arena.allocate(2L * STRUCTURE_BYTES, 8);
            attribute(arena, template, 0, ATTRIBUTE_CLASS, CLASS_SECRET_KEY);
            attribute(arena, template, 1, ATTRIBUTE_ID, id.unsafeArray());
            call(Function.FIND_OBJECTS_INIT, handle, template, 2L);
            MemorySegment found = arena.allocate(LONG);
            MemorySegment count = arena.allocate(LONG);
            try {
                call(Function.FIND_OBJECTS, handle, found, 1L, count);
            } finally {
                call(Function.FIND_OBJECTS_FINAL, handle);
            }
            return count.get(LONG, 0) == 0 ? Optional.empty() : Optional.of(found.get(LONG, 0));
        }
    }

    /** An AES-256 key that stays in the token, cannot be read, and does nothing but encrypt and decrypt. */
    long makeKey(Bytes id, String label) throws Failed {
        try (Arena arena = Arena.ofConfined()) {
            int count = 11;
            MemorySegment template = arena.allocate((long) count * STRUCTURE_BYTES, 8);
            attribute(arena, template, 0, ATTRIBUTE_CLASS, CLASS_SECRET_KEY);
            attribute(arena, template, 1, ATTRIBUTE_KEY_TYPE, TYPE_AES);
            attribute(arena, template, 2, ATTRIBUTE_TOKEN, true);
            attribute(arena, template, 3, ATTRIBUTE_PRIVATE, true);
            attribute(arena, template, 4, ATTRIBUTE_SENSITIVE, true);
            attribute(arena, template, 5, ATTRIBUTE_EXTRACTABLE, false);
            attribute(arena, template, 6, ATTRIBUTE_ENCRYPT, true);
            attribute(arena, template, 7, ATTRIBUTE_DECRYPT, true);
            attribute(arena, template, 8, ATTRIBUTE_ID, id.unsafeArray());
            attribute(arena, template, 9, ATTRIBUTE_LABEL, label.getBytes(StandardCharsets.UTF_8));
            attribute(arena, template, 10, ATTRIBUTE_VALUE_LEN, KEY_BYTES);
            MemorySegment key = arena.allocate(LONG);
            MemorySegment mechanism = mechanism(arena, MECHANISM_AES_KEY_GEN, MemorySegment.NULL, 0);
            call(Function.GENERATE_KEY, handle, mechanism, template, (long) count, key);
            return key.get(LONG, 0);
        }
    }

    void destroy(long key) throws Failed {
        call(Function.DESTROY_OBJECT, handle, key);
    }

    /** Ciphertext and tag. */
    byte[] encrypt(long key, byte[] plaintext, Bytes vector, Bytes additionalData) throws Failed {
        return gcm(
                Function.ENCRYPT_INIT,
                Function.ENCRYPT,
                key,
                plaintext,
                plaintext.length + TAG_BYTES,
                vector,
                additionalData);
    }

    byte[] decrypt(long key, byte[] sealed, Bytes vector, Bytes additionalData) throws Failed {
        return gcm(Function.DECRYPT_INIT, Function.DECRYPT, key, sealed, sealed.length, vector, additionalData);
    }

    Secret random(int count) throws Failed {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(count);
            call(Function.GENERATE_RANDOM, handle, out, (long) count);
            Secret random = Secret.adopt(out.toArray(ValueLayout.JAVA_BYTE));
            out.fill((byte) 0);
            return random;
        }
    }

    private byte[] gcm(Function init, Function run, long key, byte[] in, int outMax, Bytes vector, Bytes additionalData)
            throws Failed {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment parameters = arena.allocate(GCM_PARAMETERS_BYTES, 8);
            parameters.set(ValueLayout.ADDRESS, 0, copy(arena, vector.unsafeArray()));
            parameters.set(LONG, 8, vector.size());
            parameters.set(LONG, 16, vector.size() * 8L);
            parameters.set(ValueLayout.ADDRESS, 24, copy(arena, additionalData.unsafeArray()));
            parameters.set(LONG, 32, additionalData.size());
            parameters.set(LONG, 40, TAG_BYTES * 8L);
            call(init, handle, mechanism(arena, MECHANISM_AES_GCM, parameters, GCM_PARAMETERS_BYTES), key);
            MemorySegment source = copy(arena, in);
            MemorySegment out = arena.allocate(Math.max(1, outMax));
            MemorySegment size = arena.allocate(LONG);
            size.set(LONG, 0, outMax);
            try {
                call(run, handle, source, (long) in.length, out, size);
                return out.asSlice(0, size.get(LONG, 0)).toArray(ValueLayout.JAVA_BYTE);
            } finally {
                source.fill((byte) 0);
                out.fill((byte) 0);
            }
        }
    }

    private static MemorySegment mechanism(Arena arena, long mechanism, MemorySegment parameters, long bytes) {
        MemorySegment made = arena.allocate(STRUCTURE_BYTES, 8);
        made.set(LONG, 0, mechanism);
        made.set(ValueLayout.ADDRESS, 8, parameters);
        made.set(LONG, 16, bytes);
        return made;
    }

    private static void attribute(Arena arena, MemorySegment template, int at, long type, byte[] value) {
        long base = (long) at * STRUCTURE_BYTES;
        template.set(LONG, base, type);
        template.set(ValueLayout.ADDRESS, base + 8, copy(arena, value));
        template.set(LONG, base + 16, value.length);
    }

    private static void attribute(Arena arena, MemorySegment template, int at, long type, boolean value) {
        attribute(arena, template, at, type, new byte[] {(byte) (value ? 1 : 0)});
    }

    private static void attribute(Arena arena, MemorySegment template, int at, long type, long value) {
        long base = (long) at * STRUCTURE_BYTES;
        MemorySegment number = arena.allocate(LONG);
        number.set(LONG, 0, value);
        template.set(LONG, base, type);
        template.set(ValueLayout.ADDRESS, base + 8, number);
        template.set(LONG, base + 16, LONG.byteSize());
    }

    private static MemorySegment copy(Arena arena, byte[] content) {
        MemorySegment copy = arena.allocate(Math.max(1, content.length));
        MemorySegment.copy(content, 0, copy, ValueLayout.JAVA_BYTE, 0, content.length);
        return copy;
    }
}
