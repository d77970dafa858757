package dev.keytrail.store;

import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.ref.SoftReference;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A disk on which files that will not be written any more can be packed, and are read as before, bit for bit. What is
 * packed lies in a file of its own, {@code NAME.pack}; the original goes only once that file is durable and has been read
 * back, so at any moment one of them is whole. Where both are there, the packed one was not finished and goes.
 *
 * <p>A packed file, big-endian: magic with version (8), original length (8), number of blocks (4), where each begins (8
 * each) and the last ends (8), CRC32C of all that (4), then the blocks: {@value #BLOCK_BYTES} bytes each but for the
 * last, as Zstandard frames (RFC 8878) with checksum. Small blocks, because look-ups read one event here and one there;
 * what the first one holds is the dictionary of all others, for events are much alike.
 *
 * <p>Thread-safe as {@link Disk} is; one thread packs.
 */
final class PackedDisk implements Disk {
    static final int BLOCK_BYTES = 64 << 10;

    private static final Logger LOG = LoggerFactory.getLogger(PackedDisk.class);

    private static final String SUFFIX = ".pack";

    /** "KTPACK" and the format's version. */
    private static final long MAGIC = 0x4B54_5041_434B_0002L;

    private static final int FIXED_BYTES = 20;

    /** Levels 2 to 12 save nothing more of events; level 15 saves a twelfth, for seventy times the CPU. */
    private static final int LEVEL = 1;

    private final Disk below;
    private final boolean readOnly;
    private final Set<String> packed = ConcurrentHashMap.newKeySet();
    /** Softly: a long history has very many. */
    private final Map<String, SoftReference<Index>> indexes = new ConcurrentHashMap<>();

    PackedDisk(Disk below) {
        this(below, false);
    }

    /** @param readOnly whether what was not finished stays */
    PackedDisk(Disk below, boolean readOnly) {
        this.below = below;
        this.readOnly = readOnly;
    }

    boolean isPacked(String name) {
        return packed.contains(name);
    }

    /**
     * Packs a file that is not written any more. Whoever has the original open goes on reading it.
     *
     * @throws IOException nothing has changed but for a file that the next start or attempt removes
     */
    void pack(String name) throws IOException {
        String target = name + SUFFIX;
        below.delete(target);
        try (DiskFile original = below.open(name)) {
            ByteBuffer bytes = packedForm(original);
            try (DiskFile file = below.create(target, bytes.remaining())) {
                file.write(bytes, 0);
                file.force();
            }
            requireSame(original, name);
        }
        packed.add(name);
        below.delete(name);
    }

    private static ByteBuffer packedForm(DiskFile original) throws IOException {
        long size = original.sizeBytes();
        int count = Math.toIntExact((size + BLOCK_BYTES - 1) / BLOCK_BYTES);
        int headBytes = FIXED_BYTES + 8 * (count + 1) + 4;
        ByteBuffer head = ByteBuffer.allocate(headBytes);
        head.putLong(MAGIC).putLong(size).putInt(count);
        ByteArrayOutputStream blocks = new ByteArrayOutputStream();
        try (ZstdCompressCtx compressing = new ZstdCompressCtx().setLevel(LEVEL).setChecksum(true)) {
            for (int block = 0; block < count; block++) {
                head.putLong(headBytes + (long) blocks.size());
                byte[] in =
                        fully(original, (long) block * BLOCK_BYTES, BLOCK_BYTES).array();
                blocks.writeBytes(compressing.compress(in));
                if (block == 0) {
                    compressing.loadDict(in);
                }
            }
        } catch (ZstdException e) {
            throw new IOException("a block cannot be packed", e);
        }
        head.putLong(headBytes + (long) blocks.size());
        head.putInt(crc(head.array(), headBytes - 4));
        ByteBuffer all = ByteBuffer.allocate(headBytes + blocks.size());
        return all.put(head.array()).put(blocks.toByteArray()).flip();
    }

    private void requireSame(DiskFile original, String name) throws IOException {
        try (DiskFile file = below.open(name + SUFFIX)) {
            PackedFile copy = new PackedFile(file, Index.read(file, name));
            for (long at = 0; at < original.sizeBytes(); at += BLOCK_BYTES) {
                if (!fully(original, at, BLOCK_BYTES).equals(fully(copy, at, BLOCK_BYTES))) {
                    throw new IOException(name + " reads differently packed, at " + at);
                }
            }
        }
    }

    private static ByteBuffer fully(DiskFile file, long offset, int bytesMax) throws IOException {
        ByteBuffer into = ByteBuffer.allocate((int) Math.min(bytesMax, file.sizeBytes() - offset));
        while (into.hasRemaining()) {
            if (file.read(into, offset + into.position()) < 0) {
                throw new IOException("the file ends early, at " + (offset + into.position()));
            }
        }
        return into.flip();
    }

    private static int crc(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }

    /** Names are those of the originals, packed or not. */
    @Override
    public List<String> list() throws IOException {
        List<String> there = below.list();
        List<String> names = new ArrayList<>();
        for (String name : there) {
            if (!name.endsWith(SUFFIX)) {
                names.add(name);
                continue;
            }
            String original = name.substring(0, name.length() - SUFFIX.length());
            if (there.contains(original)) {
                if (readOnly) {
                    continue;
                }
                LOG.info("removing {}, which was not finished", name);
                below.delete(name);
            } else {
                packed.add(original);
                names.add(original);
            }
        }
        return names;
    }

    /** The name of a file as it lies on the disk. */
    String nameBelow(String name) {
        return packed.contains(name) ? name + SUFFIX : name;
    }

    /** A file of the disk as it lies there. */
    DiskFile openBelow(String nameBelow) throws IOException {
        return below.open(nameBelow);
    }

    @Override
    public DiskFile create(String name, long zeroBytes) throws IOException {
        return below.create(name, zeroBytes);
    }

    @Override
    public DiskFile open(String name) throws IOException {
        if (!packed.contains(name)) {
            return below.open(name);
        }
        DiskFile file = below.open(name + SUFFIX);
        try {
            SoftReference<Index> kept = indexes.get(name);
            Index known = kept == null ? null : kept.get();
            Index index = known == null ? Index.read(file, name) : known;
            if (known == null) {
                indexes.put(name, new SoftReference<>(index));
            }
            return new PackedFile(file, index);
        } catch (IOException | RuntimeException failed) {
            file.close();
            throw failed;
        }
    }

    @Override
    public void delete(String name) throws IOException {
        below.delete(name);
        if (packed.remove(name)) {
            indexes.remove(name);
            below.delete(name + SUFFIX);
        }
    }

    @Override
    public long freeBytes() throws IOException {
        return below.freeBytes();
    }

    /** Where the blocks of a packed file are. */
    private static final class Index {
        private final long originalBytes;
        private final long[] starts;
        private volatile byte @Nullable [] dictionary;

        private Index(long originalBytes, long[] starts) {
            this.originalBytes = originalBytes;
            this.starts = starts;
        }

        static Index read(DiskFile file, String name) throws IOException {
            ByteBuffer fixed = fully(file, 0, FIXED_BYTES);
            if (fixed.remaining() == FIXED_BYTES && isOtherVersion(fixed.getLong(0))) {
                throw new IOException(
                        name + SUFFIX + " is of a version of the format that is not read here, or damaged");
            }
            boolean ours = fixed.remaining() == FIXED_BYTES && fixed.getLong() == MAGIC;
            long size = ours ? fixed.getLong() : -1;
            int count = ours ? fixed.getInt() : -1;
            int headBytes = FIXED_BYTES + 8 * (count + 1) + 4;
            if (size < 0 || count != (size + BLOCK_BYTES - 1) / BLOCK_BYTES || headBytes > file.sizeBytes()) {
                throw new IOException(name + SUFFIX + " is not a packed file");
            }
            ByteBuffer head = fully(file, 0, headBytes);
            if (head.getInt(headBytes - 4) != crc(head.array(), headBytes - 4)) {
                throw new IOException(name + SUFFIX + " has a damaged head");
            }
            long[] starts = new long[count + 1];
            for (int i = 0; i <= count; i++) {
                starts[i] = head.getLong(FIXED_BYTES + 8 * i);
            }
            return new Index(size, starts);
        }

        private static boolean isOtherVersion(long magic) {
            return magic != MAGIC && magic >> Short.SIZE == MAGIC >> Short.SIZE;
        }
    }

    /** Read only. Keeps the block that was read last, for whoever walks. */
    private static final class PackedFile implements DiskFile {
        private final DiskFile file;
        private final Index index;
        private volatile @Nullable Block last;

        private record Block(int number, ByteBuffer content) {}

        PackedFile(DiskFile file, Index index) {
            this.file = file;
            this.index = index;
        }

        @Override
        public void write(ByteBuffer bytes, long offset) throws IOException {
            throw new IOException("a packed file is not written");
        }

        @Override
        public void force() {
            // It is durable since it was packed.
        }

        @Override
        public int read(ByteBuffer into, long offset) throws IOException {
            if (offset >= index.originalBytes) {
                return -1;
            }
            int number = (int) (offset / BLOCK_BYTES);
            Block block = last;
            if (block == null || block.number() != number) {
                block = new Block(number, unpacked(number));
                last = block;
            }
            int from = (int) (offset - (long) number * BLOCK_BYTES);
            int count = Math.min(into.remaining(), block.content().limit() - from);
            into.put(block.content().slice(from, count));
            return count;
        }

        private ByteBuffer unpacked(int number) throws IOException {
            long start = index.starts[number];
            ByteBuffer source = fully(file, start, Math.toIntExact(index.starts[number + 1] - start));
            int size = (int) Math.min(BLOCK_BYTES, index.originalBytes - (long) number * BLOCK_BYTES);
            try (ZstdDecompressCtx decompressing = new ZstdDecompressCtx()) {
                if (number > 0) {
                    decompressing.loadDict(dictionary());
                }
                byte[] content = decompressing.decompress(source.array(), size);
                if (content.length != size) {
                    throw new IOException("a packed block is cut short");
                }
                return ByteBuffer.wrap(content);
            } catch (ZstdException e) {
                throw new IOException("a packed block is damaged", e);
            }
        }

        private byte[] dictionary() throws IOException {
            byte[] known = index.dictionary;
            if (known == null) {
                known = unpacked(0).array();
                index.dictionary = known;
            }
            return known;
        }

        @Override
        public long sizeBytes() {
            return index.originalBytes;
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
