package dev.keytrail.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileCustodyTest {
    @TempDir
    Path directory;

    @Test
    void open_noFile_makesOneThatOnlyTheOwnerReads() throws Exception {
        Path file = directory.resolve("root.key");
        RootKey made = FileCustody.open(file, true, new TestEntropy(1));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(Files.readString(file)).matches("keytrail-root-key-1:[0-9a-f]{64}:[0-9a-f]{16}\n");
        RootKey again = FileCustody.open(file, false, new TestEntropy(2));
        assertThat(again.keys().get(1).reveal()).isEqualTo(made.keys().get(1).reveal());
        try (var entries = Files.list(directory)) {
            assertThat(entries).containsExactly(file);
        }
    }

    @Test
    void open_noFileAndMayNotCreate_isRefused() {
        assertThatThrownBy(() -> FileCustody.open(directory.resolve("root.key"), false, new TestEntropy(1)))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining("no root key");
    }

    @Test
    void open_noDirectory_isRefused() {
        assertThatThrownBy(() -> FileCustody.open(directory.resolve("not/root.key"), true, new TestEntropy(1)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("directory does not exist");
    }

    @Test
    void open_readableByOthers_isRefused() throws Exception {
        Path file = directory.resolve("root.key");
        FileCustody.open(file, true, new TestEntropy(1));
        for (String permissions : List.of("rw-r-----", "rw----r--", "rw--w----", "rw-----w-")) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
            assertThatThrownBy(() -> FileCustody.open(file, true, new TestEntropy(1)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("chmod 600")
                    .hasMessageContaining(permissions);
        }
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--------"));
        assertThat(FileCustody.open(file, true, new TestEntropy(1))).isNotNull();
    }

    @Test
    void open_damaged_isRefusedAndLeftAlone() throws Exception {
        Path file = directory.resolve("root.key");
        FileCustody.open(file, true, new TestEntropy(1));
        byte[] intact = Files.readAllBytes(file);
        String digits = new String(intact, StandardCharsets.US_ASCII).substring(20, 84);
        for (int at = 0; at < intact.length; at++) {
            byte[] damaged = intact.clone();
            damaged[at] ^= 1;
            Files.write(file, damaged);
            assertThatThrownBy(() -> FileCustody.open(file, true, new TestEntropy(2)))
                    .as("byte %d", at)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("damaged")
                    .hasMessageNotContaining(digits.substring(0, 8));
            assertThat(Files.readAllBytes(file)).isEqualTo(damaged);
        }
        Files.write(file, new byte[0]);
        assertThatThrownBy(() -> FileCustody.open(file, true, new TestEntropy(2)))
                .hasMessageContaining("0 bytes where 102 belong");
    }

    @Test
    void open_byManyAtOnce_givesAllTheSameKey() throws Exception {
        Path file = directory.resolve("root.key");
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<RootKey>> openers = LongStream.range(0, 8)
                    .<Callable<RootKey>>mapToObj(seed -> () -> FileCustody.open(file, true, new TestEntropy(seed)))
                    .toList();
            var keys = threads.invokeAll(openers);
            byte[] first = keys.getFirst().get().keys().get(1).reveal();
            for (var key : keys) {
                assertThat(key.get().keys().get(1).reveal()).isEqualTo(first);
            }
        }
    }
}
