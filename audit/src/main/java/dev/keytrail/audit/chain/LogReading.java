package dev.keytrail.audit.chain;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Ledger;
import java.io.ByteArrayOutputStream;
import java.util.Optional;

/**
 * A log's resources for whoever reads it over HTTP. Nothing beyond the checkpoint that is shown is given away as entries.
 * Thread-safe.
 */
public final class LogReading {
    private static final int SHORT_ENTRY_BYTES_MAX = 0xFFFF;

    private final Chain chain;
    private final ChainDisk disk;
    private final Ledger ledger;

    public LogReading(Chain chain, ChainDisk disk, Ledger ledger) {
        this.chain = chain;
        this.disk = disk;
        this.ledger = ledger;
    }

    /** Empty before the first checkpoint is there to be shown. */
    public Optional<Bytes> head() {
        return chain.checkpoint().map(note -> Bytes.utf8(note.note()));
    }

    /** Empty when there is no such tile. */
    public Optional<Bytes> tile(LogPage.Tile tile) {
        return disk.tile(tile.level(), tile.number(), tile.width());
    }

    /**
     * Entries of a bundle.
     *
     * @param tooLong one of them is too long for the form
     * @param dropped all of them were dropped, or some and the form cannot say so
     */
    public record Bundle(Bytes bytes, boolean tooLong, boolean dropped) {}

    /** Empty when the shown checkpoint does not cover all of it. In the wide form, dropped entries have no length. */
    public Optional<Bundle> entries(LogPage.Entries page) {
        long size = chain.shownSize();
        if (page.number() > size / Edge.TILE_WIDTH || page.number() * Edge.TILE_WIDTH + page.width() > size) {
            return Optional.empty();
        }
        long first = page.number() * Edge.TILE_WIDTH;
        int dropped = (int) Math.clamp(ledger.first() - first, 0, page.width());
        if (dropped == page.width() || (dropped > 0 && !page.wide())) {
            return Optional.of(new Bundle(Bytes.EMPTY, false, true));
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream(page.width() * 2048);
        out.writeBytes(new byte[dropped * Integer.BYTES]);
        try (Ledger.Cursor cursor = ledger.records(first + dropped)) {
            for (int i = dropped; i < page.width() && cursor.next(); i++) {
                Bytes entry = cursor.json();
                if (!page.wide() && entry.size() > SHORT_ENTRY_BYTES_MAX) {
                    return Optional.of(new Bundle(Bytes.EMPTY, true, false));
                }
                for (int shift = page.wide() ? 24 : 8; shift >= 0; shift -= 8) {
                    out.write(entry.size() >>> shift);
                }
                out.writeBytes(entry.unsafeArray());
            }
        }
        return Optional.of(new Bundle(Bytes.adopt(out.toByteArray()), false, false));
    }
}
