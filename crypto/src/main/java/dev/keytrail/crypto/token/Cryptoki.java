package dev.keytrail.crypto.token;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * One loaded PKCS#11 library: its functions, called by number (PKCS#11 2.40 base specification, {@code CK_FUNCTION_LIST}), on
 * 64-bit Linux, where {@code CK_ULONG} has eight bytes and structures are aligned naturally. Thread-safe, as the library was
 * told to lock. Never unloaded.
 */
final class Cryptoki {
    /** Places of functions in the list, from 0. */
    enum Function {
        INITIALIZE(0),
        GET_SLOT_LIST(4),
        GET_TOKEN_INFO(6),
        OPEN_SESSION(12),
        CLOSE_SESSION(13),
        CLOSE_ALL_SESSIONS(14),
        LOGIN(18),
        LOGOUT(19),
        DESTROY_OBJECT(22),
        FIND_OBJECTS_INIT(26),
        FIND_OBJECTS(27),
        FIND_OBJECTS_FINAL(28),
        ENCRYPT_INIT(29),
        ENCRYPT(30),
        DECRYPT_INIT(33),
        DECRYPT(34),
        GENERATE_KEY(58),
        GENERATE_RANDOM(64);

        private final int place;

        Function(int place) {
            this.place = place;
        }
    }

    static final long OK = 0;
    static final long ARGUMENTS_BAD = 0x07;
    static final long FUNCTION_FAILED = 0x06;
    static final long GENERAL_ERROR = 0x05;
    static final long DEVICE_ERROR = 0x30;
    static final long DEVICE_REMOVED = 0x32;
    static final long ENCRYPTED_DATA_INVALID = 0x40;
    static final long ENCRYPTED_DATA_LEN_RANGE = 0x41;
    static final long AEAD_DECRYPT_FAILED = 0x42;
    static final long KEY_HANDLE_INVALID = 0x60;
    static final long OBJECT_HANDLE_INVALID = 0x82;
    static final long PIN_INCORRECT = 0xA0;
    static final long PIN_INVALID = 0xA1;
    static final long PIN_LEN_RANGE = 0xA2;
    static final long PIN_LOCKED = 0xA4;
    static final long SESSION_CLOSED = 0xB0;
    static final long SESSION_HANDLE_INVALID = 0xB3;
    static final long USER_ALREADY_LOGGED_IN = 0x100;
    static final long USER_NOT_LOGGED_IN = 0x101;
    static final long USER_PIN_NOT_INITIALIZED = 0x102;
    static final long ALREADY_INITIALIZED = 0x191;

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final AddressLayout ADDRESS = ValueLayout.ADDRESS;

    /** Functions begin behind the version, at the alignment of a pointer. */
    private static final int FUNCTIONS_AT = 8;

    private static final int FUNCTIONS = 68;
    private static final long OS_LOCKING = 2;
    private static final int INITIALIZE_ARGUMENTS_BYTES = 48;
    private static final int FLAGS_AT = 32;

    private final MemorySegment functions;
    private final Map<Function, MethodHandle> handles = new ConcurrentHashMap<>();

    private Cryptoki(MemorySegment functions) {
        this.functions = functions;
    }

    /** @throws TokenFailure NO_LIBRARY */
    static Cryptoki load(Path library) throws TokenFailure {
        try {
            SymbolLookup symbols = SymbolLookup.libraryLookup(library, Arena.global());
            MemorySegment entry = symbols.find("C_GetFunctionList").orElse(MemorySegment.NULL);
            if (entry.equals(MemorySegment.NULL)) {
                throw new TokenFailure(TokenFailure.Cause.NO_LIBRARY, library + " is no PKCS#11 library");
            }
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment list = arena.allocate(ADDRESS);
                long result =
                        invoke(Linker.nativeLinker().downcallHandle(entry, FunctionDescriptor.of(LONG, ADDRESS)), list);
                if (result != OK) {
                    throw new TokenFailure(
                            TokenFailure.Cause.NO_LIBRARY, library + " gives no functions: " + hex(result));
                }
                Cryptoki loaded =
                        new Cryptoki(list.get(ADDRESS, 0).reinterpret(FUNCTIONS_AT + FUNCTIONS * ADDRESS.byteSize()));
                loaded.initialize(arena, library);
                return loaded;
            }
        } catch (IllegalArgumentException e) {
            throw new TokenFailure(TokenFailure.Cause.NO_LIBRARY, library + " cannot be loaded");
        }
    }

    private void initialize(Arena arena, Path library) throws TokenFailure {
        MemorySegment arguments = arena.allocate(INITIALIZE_ARGUMENTS_BYTES, 8);
        arguments.set(LONG, FLAGS_AT, OS_LOCKING);
        long result = call(Function.INITIALIZE, arguments);
        if (result != OK && result != ALREADY_INITIALIZED) {
            throw new TokenFailure(TokenFailure.Cause.NO_LIBRARY, library + " does not start: " + hex(result));
        }
    }

    /** The function's return value ({@code CKR_...}). Arguments are Long, Byte or MemorySegment, as the function has them. */
    long call(Function function, Object... arguments) {
        return invoke(handles.computeIfAbsent(function, wanted -> handle(wanted, arguments)), arguments);
    }

    private MethodHandle handle(Function function, Object[] arguments) {
        MemoryLayout[] layouts = Arrays.stream(arguments)
                .map(argument -> switch (argument) {
                    case Long _ -> LONG;
                    case Byte _ -> ValueLayout.JAVA_BYTE;
                    case MemorySegment _ -> ADDRESS;
                    default -> throw new IllegalArgumentException(function + " has no such argument");
                })
                .toArray(MemoryLayout[]::new);
        MemorySegment address = functions.get(ADDRESS, FUNCTIONS_AT + function.place * ADDRESS.byteSize());
        return Linker.nativeLinker().downcallHandle(address, FunctionDescriptor.of(LONG, layouts));
    }

    private static long invoke(MethodHandle handle, Object... arguments) {
        try {
            return (long) handle.invokeWithArguments(arguments);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("a native call threw", e);
        }
    }

    static String hex(long result) {
        return "CKR 0x" + Long.toHexString(result);
    }
}
