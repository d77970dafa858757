package dev.keytrail.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Packed segments: the same bytes whatever is read of them, and one whole copy whatever happens on the way. */
class PackedDiskTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(ints = {0, 1, PackedDisk.BLOCK_BYTES - 1, PackedDisk.BLOCK_BYTES, 300_001})
    void packedFile_readsAsTheOriginal(int size) throws IOException {
        Random random = new Random(size);
        byte[] content = new byte[size];
        for (int i = 0; i < size; i++) {
            content[i] = (byte) random.nextInt(i % 1000 < 500 ? 4 : 256);
        }
        FaultyDisk below = new FaultyDisk();
        PackedDisk disk = new PackedDisk(below);
        try (Disk.DiskFile file = disk.create("a.log", size)) {
            file.write(ByteBuffer.wrap(content), 0);
            file.force();
        }
        Disk.DiskFile before = disk.open("a.log");
        disk.pack("a.log");
        assertThat(below.list()).containsExactly("a.log.pack");
        assertThat(disk.list()).containsExactly("a.log");
        for (PackedDisk again : new PackedDisk[] {disk, new PackedDisk(below)}) {
            again.list();
            Disk.DiskFile file = again.open("a.log");
            assertThat(file.sizeBytes()).isEqualTo(size);
            for (int i = 0; i < 200 && size > 0; i++) {
                int from = random.nextInt(size);
                ByteBuffer into = ByteBuffer.allocate(1 + random.nextInt(70_000));
                int count = file.read(into, from);
                assertThat(count).isPositive();
                assertThat(Arrays.copyOf(into.array(), count))
                        .isEqualTo(Arrays.copyOfRange(content, from, from + count));
            }
            assertThat(file.read(ByteBuffer.allocate(1), size)).isEqualTo(-1);
            assertThatThrownBy(() -> file.write(ByteBuffer.allocate(1), 0)).isInstanceOf(IOException.class);
        }
        assertThat(before.sizeBytes()).isEqualTo(size);
    }

    @Test
    void anotherVersion_isNamedAsSuch() throws IOException {
        FaultyDisk below = new FaultyDisk();
        PackedDisk disk = new PackedDisk(below);
        try (Disk.DiskFile file = disk.create("a.log", 100)) {
            file.write(ByteBuffer.allocate(100), 0);
        }
        disk.pack("a.log");
        byte[] packed = below.content("a.log.pack");
        packed[Long.BYTES - 1]--;
        FaultyDisk copy = below.copy();
        copy.replace("a.log.pack", packed);
        PackedDisk again = new PackedDisk(copy);
        again.list();
        assertThatThrownBy(() -> again.open("a.log"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("version of the format");
    }

    @Test
    void damagedBytes_areNoticed() throws IOException {
        int noticed = 0;
        FaultyDisk below = new FaultyDisk();
        PackedDisk disk = new PackedDisk(below);
        byte[] content = "an event like another, ".repeat(3000).getBytes(java.nio.charset.StandardCharsets.UTF_8);
        try (Disk.DiskFile file = disk.create("a.log", content.length)) {
            file.write(ByteBuffer.wrap(content), 0);
        }
        disk.pack("a.log");
        byte[] packed = below.content("a.log.pack");
        for (int at = 0; at < packed.length; at++) {
            byte[] damaged = packed.clone();
            damaged[at] ^= 0x10;
            FaultyDisk copy = below.copy();
            copy.replace("a.log.pack", damaged);
            PackedDisk again = new PackedDisk(copy);
            again.list();
            // A bit that fills up a byte at a block's end means nothing; whatever else is changed is an error.
            try (Disk.DiskFile file = again.open("a.log")) {
                ByteBuffer read = ByteBuffer.allocate(content.length);
                while (read.hasRemaining()) {
                    file.read(read, read.position());
                }
                assertThat(read.array()).as("byte %d of %d", at, packed.length).isEqualTo(content);
            } catch (IOException _) {
                noticed++;
            }
        }
        assertThat(noticed).isGreaterThan(packed.length - 5);
    }

    @Test
    void store_packsAllButTheNewest_andReadsThemAllItsLife() throws IOException {
        World world = new World(directory);
        world.open();
        for (int i = 0; i < 400; i++) {
            assertThat(world.commit(1500)).isTrue();
        }
        while (world.store.pack()) {
            world.check("packing");
        }
        assertThat(world.disk.list().stream().filter(name -> name.endsWith(".pack")))
                .hasSizeGreaterThan(4);
        world.crash(FaultyDisk.Unsynced.LOST);
        world.check("opened again");
        for (int i = 0; i < 200; i++) {
            world.commit(1500);
        }
        while (world.store.pack()) {
            // Until nothing is left to pack.
        }
        world.check("written on");
        world.store.close();
    }

    /** Whatever step of packing fails, done or not, and whatever of it a crash leaves: nothing is lost. */
    @ParameterizedTest
    @EnumSource(FaultyDisk.Unsynced.class)
    void anyFaultWhilePacking_losesNothing(FaultyDisk.Unsynced unsynced) throws IOException {
        int steps = 0;
        for (FaultyDisk.Fault fault : FaultyDisk.Fault.values()) {
            for (int at = 0; at <= steps || at == 0; at++) {
                World world = new World(directory.resolve(unsynced + "-" + fault + "-" + at));
                world.open();
                for (int i = 0; i < 250; i++) {
                    world.commit(1500);
                }
                int faulty = at;
                world.disk.plan(step -> step == faulty ? fault : FaultyDisk.Fault.NONE);
                world.store.pack();
                steps = Math.max(steps, world.disk.steps());
                world.disk.plan(step -> FaultyDisk.Fault.NONE);
                world.check("step " + at + " " + fault);
                world.crash(unsynced);
                world.check("step " + at + " " + fault + ", crashed");
                while (world.store.pack()) {
                    // It can be done again.
                }
                world.check("step " + at + " " + fault + ", packed after all");
                world.store.close();
            }
        }
        assertThat(steps).isGreaterThan(3);
    }
}
