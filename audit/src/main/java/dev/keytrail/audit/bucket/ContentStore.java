package dev.keytrail.audit.bucket;

import dev.keytrail.call.Entropy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Content files: written once under a random id, complete and synced when {@link Draft#publish} returns, immutable from
 * then on. {@code DIR/tmp/ID} while being written, {@code DIR/xx/ID} after, xx being the id's first two digits.
 *
 * <p>Thread-safe. One process at a time owns the directory. An id is <em>in flight</em> from the draft on until its call
 * has been answered; only ids that are not may be judged orphans.
 */
final class ContentStore {
    private static final Logger LOG = LoggerFactory.getLogger(ContentStore.class);

    private static final int ID_BYTES = 16;

    /**
     * The last of the disk is the ledger's, which needs it to put the refusals on record and to stop cleanly: it begins to
     * refuse below 128 MiB.
     */
    private static final long FREE_BYTES_KEPT = 192L << 20;

    /** How much of a content is written between two looks at the disk. */
    private static final long LOOK_EVERY_BYTES = 16L << 20;

    private final Path directory;
    private final Path drafts;
    private final Entropy entropy;
    private final Set<String> inFlight = ConcurrentHashMap.newKeySet();
    private final Set<Path> readyShards = new HashSet<>();
    private final Queue<Settled> settled = new ConcurrentLinkedQueue<>();

    /** A call with a staged body that has been answered: its row, if there is one, is at {@code rowKey}. */
    record Settled(String contentId, String rowKey) {}

    private ContentStore(Path directory, Entropy entropy) {
        this.directory = directory;
        this.drafts = directory.resolve("tmp");
        this.entropy = entropy;
    }

    /** Makes the directory if need be and removes the drafts of an earlier life. */
    static ContentStore open(Path directory, Entropy entropy) throws IOException {
        ContentStore store = new ContentStore(directory, entropy);
        Files.createDirectories(store.drafts);
        Path parent = directory.toAbsolutePath().getParent();
        if (parent != null) {
            syncDirectory(parent);
        }
        try (DirectoryStream<Path> old = Files.newDirectoryStream(store.drafts)) {
            for (Path draft : old) {
                Files.delete(draft);
            }
        }
        return store;
    }

    private void requireRoom() throws IOException {
        long free = directory.toFile().getUsableSpace();
        if (free < FREE_BYTES_KEPT) {
            throw new IOException("only " + (free >> 20) + " MiB of disk are free");
        }
    }

    /** @throws IOException also when the disk is nearly full */
    Draft draft() throws IOException {
        requireRoom();
        String id = entropy.hex(ID_BYTES);
        inFlight.add(id);
        try {
            Path file = drafts.resolve(id);
            return new Draft(id, file, FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
        } catch (IOException | RuntimeException e) {
            inFlight.remove(id);
            throw e;
        }
    }

    /** The file of a committed row. @throws java.nio.file.NoSuchFileException when the sweep was faster */
    FileChannel read(String contentId) throws IOException {
        return FileChannel.open(file(contentId), StandardOpenOption.READ);
    }

    /** No error if it is not there. */
    void delete(String contentId) throws IOException {
        Files.deleteIfExists(file(contentId));
    }

    boolean isInFlight(String contentId) {
        return inFlight.contains(contentId);
    }

    /** The call that staged it has been answered. */
    void settled(String contentId, String rowKey) {
        if (inFlight.remove(contentId)) {
            settled.add(new Settled(contentId, rowKey));
        }
    }

    /** Takes what has settled since the last time, {@code max} at most. */
    List<Settled> takeSettled(int max) {
        List<Settled> taken = new ArrayList<>();
        for (Settled next = settled.poll(); next != null; next = settled.poll()) {
            taken.add(next);
            if (taken.size() == max) {
                break;
            }
        }
        return taken;
    }

    /** Ids of the published files of one shard (0-255), in no order. */
    List<String> published(int shard) throws IOException {
        List<String> ids = new ArrayList<>();
        Path folder = directory.resolve(HexFormat.of().toHexDigits((byte) shard));
        if (!Files.isDirectory(folder)) {
            return ids;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                ids.add(file.getFileName().toString());
            }
        }
        return ids;
    }

    private Path file(String contentId) {
        // Ids come from our own rows; the check keeps a damaged one from naming any other file.
        if (contentId.length() != 2 * ID_BYTES || !contentId.chars().allMatch(HexFormat::isHexDigit)) {
            throw new IllegalArgumentException("not a content id");
        }
        return shard(contentId).resolve(contentId);
    }

    private Path shard(String contentId) {
        return directory.resolve(contentId.substring(0, 2));
    }

    /** Makes the shard's folder, once, so that it survives a power cut before any file does. */
    private void ready(Path shard) throws IOException {
        synchronized (readyShards) {
            if (!readyShards.contains(shard)) {
                Files.createDirectories(shard);
                syncDirectory(directory);
                readyShards.add(shard);
            }
        }
    }

    private static void syncDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** A content file being written. One thread. Ends with {@link #publish} or {@link #abandon}. */
    final class Draft {
        private final String id;
        private final Path temporary;
        private final FileChannel channel;
        private long unlooked;

        private Draft(String id, Path temporary, FileChannel channel) {
            this.id = id;
            this.temporary = temporary;
            this.channel = channel;
        }

        String id() {
            return id;
        }

        void write(byte[] source, int offset, int length) throws IOException {
            unlooked += length;
            if (unlooked >= LOOK_EVERY_BYTES) {
                requireRoom();
                unlooked = 0;
            }
            ByteBuffer buffer = ByteBuffer.wrap(source, offset, length);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        }

        /** On return the file is complete under its final name and survives a power cut. */
        void publish() throws IOException {
            channel.force(true);
            channel.close();
            Path shard = shard(id);
            ready(shard);
            Files.move(temporary, file(id), StandardCopyOption.ATOMIC_MOVE);
            syncDirectory(shard);
        }

        /** Nothing refers to it and nothing ever will: it goes at once, or with the next start if the disk fails now. */
        void abandon() {
            try {
                channel.close();
                Files.deleteIfExists(temporary);
                delete(id);
            } catch (IOException e) {
                LOG.warn("cannot remove the draft of an object: {}", e.toString());
            } finally {
                inFlight.remove(id);
            }
        }
    }
}
