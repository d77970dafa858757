package dev.keytrail.crypto.custody;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import dev.keytrail.call.Sha256;
import dev.keytrail.call.State;
import dev.keytrail.call.Table;
import dev.keytrail.crypto.RootKey;
import java.time.Instant;
import java.util.Optional;

/**
 * The root keys, sealed, and who keeps the key to them. One row; a ledger without it has its root key in {@code root.key}.
 *
 * @param epoch counts changes, from 1; bound into the seal
 * @param since when this keeper took over
 * @param generation of the newest root key
 * @param rotation of the root key, as long as older ones are still needed
 */
public record Custody(
        long epoch, Instant since, Keeper keeper, Bytes sealed, int generation, Optional<Rotation> rotation) {
    public static final Table<Custody> TABLE =
            new Table<>("server.custody", RowCodec.of(Custody::write, Custody::read));

    public static final String ROW = "root";

    private static final int VERSION = 1;

    /**
     * A change of the root key.
     *
     * @param rewrapped whether everything in the ledger's state is under the newest root key
     */
    public record Rotation(Instant at, boolean rewrapped) {}

    public static Optional<Custody> find(State state) {
        return state.get(TABLE, ROW);
    }

    /** Root keys sealed for this keeper. */
    public static Custody seal(
            long epoch,
            Instant since,
            Keeper keeper,
            WrappingKey key,
            RootKey root,
            Optional<Rotation> rotation,
            Entropy entropy) {
        Bytes sealed = key.seal(root, name(epoch, keeper), entropy);
        return new Custody(epoch, since, keeper, sealed, root.generation(), rotation);
    }

    /** Empty when the key is not the one that sealed, or the row was altered. */
    public Optional<RootKey> open(WrappingKey key) {
        return key.open(sealed, name(epoch, keeper));
    }

    public Custody withRotation(Optional<Rotation> changed) {
        return new Custody(epoch, since, keeper, sealed, generation, changed);
    }

    public Bytes encoded() {
        return Bytes.adopt(TABLE.codec().encode(this));
    }

    /** @throws CustodyRefused when the bytes are no row */
    public static Custody decode(Bytes encoded) {
        try {
            return TABLE.codec().decode(encoded.toArray());
        } catch (IllegalArgumentException | ArithmeticException | IndexOutOfBoundsException e) {
            throw new CustodyRefused("custody's row is damaged");
        }
    }

    /** What the seal is bound to. */
    private static String name(long epoch, Keeper keeper) {
        RowWriter out = new RowWriter();
        Keeper.write(keeper, out);
        return "root keys, epoch " + epoch + ", keeper " + Sha256.hex(Bytes.adopt(out.toByteArray()));
    }

    private static void write(Custody custody, RowWriter out) {
        out.version(VERSION).number(custody.epoch).instant(custody.since);
        Keeper.write(custody.keeper, out);
        out.bytes(custody.sealed).number(custody.generation);
        out.optional(custody.rotation, (r, to) -> to.instant(r.at).flag(r.rewrapped));
    }

    private static Custody read(RowReader in) {
        in.version(VERSION);
        return new Custody(
                in.number(),
                in.instant(),
                Keeper.read(in),
                in.bytes(),
                in.integer(),
                in.optional(from -> new Rotation(from.instant(), from.flag())));
    }
}
