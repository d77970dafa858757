package dev.keytrail.server;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Secret;
import dev.keytrail.call.Service;
import dev.keytrail.crypto.custody.Custody;
import dev.keytrail.crypto.custody.CustodyRefused;
import dev.keytrail.crypto.custody.Keeper;
import dev.keytrail.crypto.custody.Share;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** DescribeCustody, ChangeCustody and RotateRootKey, for principals of the operator's account. */
final class CustodyRows {
    private final Custodian custodian;
    private final OperatorOnly operator;

    CustodyRows(Custodian custodian, OperatorOnly operator) {
        this.custodian = custodian;
        this.operator = operator;
    }

    record Describe() {}

    /**
     * @param secret new passphrase, or the token's PIN
     * @param currentPassphrase what the present keeper wants to see before it gives way
     * @param currentShares texts of shares, one a line, likewise
     */
    record ChangeTo(
            Optional<String> provider,
            Optional<Secret> secret,
            Optional<Long> threshold,
            Optional<Long> shares,
            Optional<String> keyId,
            Optional<Secret> currentPassphrase,
            Optional<Secret> currentShares) {}

    record Rotate(Optional<Secret> currentPassphrase, Optional<Secret> currentShares) {}

    /**
     * How custody stands.
     *
     * @param sealed whether the root keys are still to be had
     * @param given numbers of shares that a sealed server has been given
     * @param shares to hand out, each once, one a line; only in the answer to ChangeCustody
     */
    record Standing(
            boolean sealed,
            String provider,
            long epoch,
            Optional<Instant> since,
            Optional<Keeper.Shares> sharing,
            List<Integer> given,
            Optional<String> keyArn,
            long generation,
            Optional<Custody.Rotation> rotation,
            Optional<Secret> shares) {
        Standing {
            given = List.copyOf(given);
        }
    }

    List<Operation<?, ?>> rows() {
        return List.of(
                row("DescribeCustody", true, Describe.class, this::describe, _ -> Optional.empty()),
                row("ChangeCustody", false, ChangeTo.class, this::change, CustodyRows::shown),
                row("RotateRootKey", false, Rotate.class, this::rotate, _ -> Optional.empty()));
    }

    private static <I> Operation<I, Standing> row(
            String name,
            boolean readOnly,
            Class<I> input,
            dev.keytrail.call.Handler<I, Standing> handler,
            java.util.function.Function<I, Optional<Facts>> shown) {
        return new Operation<>(
                Service.KEYTRAIL, name, readOnly, Operation.BODY_BYTES_MAX, input, Standing.class, handler, shown);
    }

    /** Never a secret, whatever it is. */
    private static Optional<Facts> shown(ChangeTo in) {
        Facts facts = Facts.facts().put("provider", in.provider()).put("keyId", in.keyId());
        in.threshold().ifPresent(number -> facts.put("threshold", number.longValue()));
        in.shares().ifPresent(number -> facts.put("shares", number.longValue()));
        return Optional.of(facts);
    }

    private Effect<Standing> describe(Attempt attempt, Describe in) {
        operator.demand(attempt);
        return Effect.of(standing(Custody.find(attempt.state()), false, List.of(), Optional.empty()));
    }

    private Effect<Standing> change(Attempt attempt, ChangeTo in) {
        operator.demand(attempt);
        String provider = in.provider().orElseThrow(() -> invalid("Provider is missing."));
        return committing(
                attempt,
                in.currentPassphrase(),
                in.currentShares(),
                () -> custodian.change(
                        attempt.state(),
                        new Keepers.Wanted(
                                provider,
                                in.secret(),
                                in.threshold().map(CustodyRows::small),
                                in.shares().map(CustodyRows::small),
                                in.keyId()),
                        attempt.call().receivedAt()));
    }

    private Effect<Standing> rotate(Attempt attempt, Rotate in) {
        operator.demand(attempt);
        return committing(
                attempt,
                in.currentPassphrase(),
                in.currentShares(),
                () -> custodian.rotate(attempt.state(), attempt.call().receivedAt()));
    }

    private Effect<Standing> committing(
            Attempt attempt, Optional<Secret> passphrase, Optional<Secret> shares, Supplier<Custodian.Change> change) {
        List<Secret> lines = shares.map(SecretInput::split).orElse(List.of());
        try {
            custodian.prove(attempt.state(), passphrase, lines, attempt.call().receivedAt());
            Custodian.Change made = change.get();
            Custody row = made.row();
            Optional<Secret> handedOut =
                    made.shares().isEmpty() ? Optional.empty() : Optional.of(Share.texts(made.shares()));
            made.shares().forEach(Share::close);
            Effect<Standing> effect = Effect.of(
                    standing(Optional.of(row), false, List.of(), handedOut),
                    Change.put(Custody.TABLE, Custody.ROW, row));
            return effect.showing(facts(row));
        } catch (CustodyRefused e) {
            throw invalid(e.getMessage() + ".");
        } finally {
            lines.forEach(Secret::close);
        }
    }

    private static int small(long number) {
        return (int) Math.clamp(number, 0, 1000);
    }

    private static Refused invalid(String text) {
        return new Refused(ApiError.of("ValidationException", text));
    }

    /** What events tell of a custody. */
    static Facts facts(Custody row) {
        Facts facts = Facts.facts()
                .put("provider", row.keeper().name())
                .put("epoch", row.epoch())
                .put("rootKeyGeneration", (long) row.generation());
        if (row.keeper() instanceof Keeper.Shares shares) {
            facts.put("shareSet", shares.set()).put("threshold", (long) shares.threshold());
        }
        if (row.keeper() instanceof Keeper.Kms kms) {
            facts.put("keyArn", kms.keyArn());
        }
        return facts;
    }

    static Standing standing(Optional<Custody> row, boolean sealed, List<Integer> given, Optional<Secret> shares) {
        Optional<Keeper> keeper = row.map(Custody::keeper);
        return new Standing(
                sealed,
                keeper.map(Keeper::name).orElse("file"),
                row.map(Custody::epoch).orElse(0L),
                row.map(Custody::since),
                keeper.flatMap(k -> k instanceof Keeper.Shares s ? Optional.of(s) : Optional.empty()),
                given,
                keeper.flatMap(k -> k instanceof Keeper.Kms kms ? Optional.of(kms.keyArn()) : Optional.empty()),
                row.map(Custody::generation).orElse(1),
                row.flatMap(Custody::rotation),
                shares);
    }
}
