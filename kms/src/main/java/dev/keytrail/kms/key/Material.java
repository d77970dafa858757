package dev.keytrail.kms.key;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import dev.keytrail.crypto.WrappedMaterial;
import java.time.Instant;
import java.util.Optional;

/**
 * One version of a key's material. A symmetric key has one that is current; rotation leaves older ones for decryption.
 *
 * @param wrapped without bytes when imported material was deleted or has expired: its place and id stay
 * @param rotated how it became current; empty for a key's first and for what waits to become current
 * @param imported what its importer said of it; empty for material of our own making
 */
public record Material(
        WrappedMaterial wrapped, Standing standing, Optional<Rotated> rotated, Optional<Imported> imported) {
    /** How a version stands to its key (kms.md section 9). Names are part of the stored format. */
    public enum Standing {
        CURRENT,
        NON_CURRENT,
        PENDING_ROTATION,
        PENDING_MULTI_REGION_IMPORT_AND_ROTATION;

        /** Whether the key has ever encrypted with it, and so needs it for ever. */
        public boolean isLasting() {
            return this == CURRENT || this == NON_CURRENT;
        }
    }

    /** The two ways of rotation. Names are AWS's, and stored. */
    public enum RotationType {
        AUTOMATIC,
        ON_DEMAND
    }

    /** When and how a version became current. */
    public record Rotated(Instant at, RotationType type) {}

    /**
     * @param validTo when it expires; empty for never
     * @param description empty for none
     */
    public record Imported(Optional<Instant> validTo, String description) {}

    /** Material of our own making, not yet rotated. */
    public Material(WrappedMaterial wrapped, Standing standing) {
        this(wrapped, standing, Optional.empty(), Optional.empty());
    }

    public String id() {
        return wrapped.id();
    }

    public boolean isPresent() {
        return !wrapped.wrapped().isEmpty();
    }

    public Optional<Instant> validTo() {
        return imported.flatMap(Imported::validTo);
    }

    public boolean isExpired(Instant now) {
        return isPresent() && validTo().filter(date -> !date.isAfter(now)).isPresent();
    }

    public Material withStanding(Standing next) {
        return new Material(wrapped, next, rotated, imported);
    }

    public Material current(Rotated how) {
        return new Material(wrapped, Standing.CURRENT, Optional.of(how), imported);
    }

    public Material withImport(WrappedMaterial again, Imported said) {
        return new Material(again, standing, rotated, Optional.of(said));
    }

    /** The same under another root key. */
    Material withWrapped(WrappedMaterial again) {
        return new Material(again, standing, rotated, imported);
    }

    /** What stays of imported material whose bytes are gone. */
    public Material emptied() {
        return new Material(
                new WrappedMaterial(id(), Bytes.EMPTY),
                standing,
                rotated,
                imported.map(said -> new Imported(Optional.empty(), said.description())));
    }

    /** The part of the key's row that came after the first version of its format. */
    void writeStory(RowWriter out) {
        out.optional(rotated, (how, to) -> to.instant(how.at()).text(how.type().name()))
                .optional(
                        imported,
                        (said, to) -> to.optional(said.validTo(), (date, end) -> end.instant(date))
                                .text(said.description()));
    }

    Material withStory(RowReader in) {
        return new Material(
                wrapped,
                standing,
                in.optional(from -> new Rotated(from.instant(), RotationType.valueOf(from.text()))),
                in.optional(from -> new Imported(from.optional(RowReader::instant), from.text())));
    }
}
