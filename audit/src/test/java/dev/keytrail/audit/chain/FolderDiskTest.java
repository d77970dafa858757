package dev.keytrail.audit.chain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderDiskTest {
    @TempDir
    private Path folder;

    private static Bytes hashes(int width, int fill) {
        byte[] bytes = new byte[width * TreeHasher.HASH_BYTES];
        Arrays.fill(bytes, (byte) fill);
        return Bytes.adopt(bytes);
    }

    @Test
    void tile_growing_hasEachOfItsPartialForms() {
        FolderDisk disk = new FolderDisk(folder.resolve("log"));
        assertThat(disk.tile(0, 0, 1)).isEmpty();
        disk.putTile(0, 0, hashes(256, 1));
        disk.putTile(0, 1, hashes(7, 2));
        assertThat(disk.tile(0, 1, 7)).contains(hashes(7, 2));
        assertThat(disk.tile(0, 1, 3)).contains(hashes(3, 2));
        assertThat(disk.tile(0, 1, 8)).isEmpty();
        disk.putTile(0, 1, hashes(8, 3));
        disk.putTile(0, 1, hashes(2, 3));
        assertThat(disk.tile(0, 1, 8)).contains(hashes(8, 3));
        assertThat(disk.tile(0, 0, 256)).contains(hashes(256, 1));
        assertThat(disk.tile(0, 2, 1)).isEmpty();
        assertThat(disk.tile(1, 0, 1)).isEmpty();
    }

    @Test
    void manyTiles_areFewFiles_andCanBeMadeDurable() throws IOException {
        FolderDisk disk = new FolderDisk(folder.resolve("log"));
        for (int number = 0; number < 600; number++) {
            disk.putTile(2, number, hashes(256, number));
        }
        disk.syncTiles(2, 0, 599);
        disk.syncTiles(2, 255, 256);
        for (int number : new int[] {0, 255, 256, 511, 512, 599}) {
            assertThat(disk.tile(2, number, 256)).contains(hashes(256, number));
        }
        try (Stream<Path> files = Files.walk(folder)) {
            assertThat(files.filter(Files::isRegularFile)).hasSize(3);
        }
    }

    @Test
    void file_isReplacedWhole() throws IOException {
        FolderDisk disk = new FolderDisk(folder);
        disk.write("checkpoint", hashes(3, 1));
        disk.writeDurably("checkpoint", hashes(2, 2));
        assertThat(disk.read("checkpoint")).contains(hashes(2, 2));
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).hasSize(1);
        }
    }
}
