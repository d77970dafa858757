package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Change;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Secret;
import dev.keytrail.call.State;
import dev.keytrail.crypto.OneTimeCodes;
import dev.keytrail.crypto.Vault;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.identity.directory.MfaDevice;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One-time codes of virtual MFA devices. A code counts once: its step is remembered in the same commit as what it was used
 * for, so that not even two calls at the same time can use it.
 */
final class Mfa {
    private static final long NONE_USED = -1;

    private final Vault vault;
    private final Entropy entropy;
    private final Guesses guesses = new Guesses(Guesses.IN_A_ROW_MAX);

    Mfa(Vault vault, Entropy entropy) {
        this.vault = vault;
        this.entropy = entropy;
    }

    /** A fresh seed and its sealed form. */
    record Seed(Secret base32, Bytes sealed) {}

    Seed seed(String arn) {
        Secret seed = OneTimeCodes.seed(entropy);
        return new Seed(seed, vault.wrap(seed, MfaDevice.seedName(arn)));
    }

    /** A picture of what authenticator apps take, e.g. {@code otpauth://totp/phone@111122223333?secret=...}. */
    static Secret picture(MfaDevice device, Secret seed) {
        byte[] front = ("otpauth://totp/" + device.name() + "@" + device.account() + "?secret=")
                .getBytes(StandardCharsets.US_ASCII);
        byte[] base32 = seed.reveal();
        byte[] uri = Arrays.copyOf(front, front.length + base32.length);
        System.arraycopy(base32, 0, uri, front.length, base32.length);
        Secret picture = Secret.adopt(QrCode.png(uri));
        Arrays.fill(uri, (byte) 0);
        return picture;
    }

    /** The step of the second code, if the two follow each other. */
    OptionalLong stepOfSecond(MfaDevice device, String first, String second, Instant now) {
        try (Secret seed = open(device)) {
            return OneTimeCodes.stepOfSecond(seed, first, second, now);
        }
    }

    private Secret open(MfaDevice device) {
        return vault.unwrap(device.sealedSeed(), MfaDevice.seedName(device.arn()))
                .orElseThrow(() -> new IllegalStateException("seed of " + device.arn() + " cannot be opened"));
    }

    /**
     * What STS asks for: the caller's own device and its code of now.
     *
     * @return the change that uses the code up; empty when neither is given
     * @throws Refused AccessDenied when the device is not the caller's, or the code is wrong or was used
     */
    Optional<Change<?>> demand(Attempt attempt, Optional<String> serialNumber, Optional<String> tokenCode) {
        if (serialNumber.isEmpty() && tokenCode.isEmpty()) {
            return Optional.empty();
        }
        if (serialNumber.isEmpty() || tokenCode.isEmpty()) {
            throw IamErrors.validation("SerialNumber and TokenCode must be given together.");
        }
        MfaDevice device = find(attempt, serialNumber.get())
                .filter(d -> isHeldByCaller(attempt, d))
                .orElseThrow(() -> refused(attempt, "the device is not one that the caller has enabled"));
        return Optional.of(use(attempt, device, tokenCode.get()));
    }

    /** The change that uses a code of the device up. */
    private Change<MfaDevice> use(Attempt attempt, MfaDevice device, String code) {
        return switch (judge(device, code, attempt.call().receivedAt())) {
            case Judged.Good(long step) -> put(device.withLastStep(step));
            case Judged.Used _ -> throw refused(attempt, "the code was used before");
            case Judged.Wrong _ -> throw refused(attempt, "the code is wrong");
            case Judged.NotLookedAt _ -> throw refused(attempt, "too many wrong codes in a row");
        };
    }

    /** What a code is worth. */
    sealed interface Judged {
        record Good(long step) implements Judged {}

        /** It was right, once. Whoever repeats it does not guess. */
        record Used() implements Judged {}

        record Wrong() implements Judged {}

        record NotLookedAt() implements Judged {}
    }

    Judged judge(MfaDevice device, String code, Instant now) {
        if (guesses.ended(device.arn(), now)) {
            return new Judged.NotLookedAt();
        }
        try (Secret seed = open(device)) {
            OptionalLong step = OneTimeCodes.step(seed, code, now, device.lastStep());
            if (step.isPresent()) {
                guesses.right(device.arn());
                return new Judged.Good(step.getAsLong());
            }
            if (OneTimeCodes.step(seed, code, now, NONE_USED).isPresent()) {
                return new Judged.Used();
            }
            guesses.wrong(device.arn(), now);
            return new Judged.Wrong();
        }
    }

    private static Refused refused(Attempt attempt, String why) {
        attempt.notes().because("MFA: " + why);
        return StsErrors.accessDenied(
                "MultiFactorAuthentication failed with invalid MFA one time pass code. Please verify"
                        + " your MFA serial number is valid and associated with this user.");
    }

    private static boolean isHeldByCaller(Attempt attempt, MfaDevice device) {
        Principal caller = attempt.call().caller().principal();
        boolean holds = caller instanceof Principal.User || caller instanceof Principal.Root;
        return holds
                && device.holder()
                        .map(holder -> holder.userId().equals(caller.id()))
                        .orElse(false);
    }

    /** A device of the caller's account. */
    static Optional<MfaDevice> find(Attempt attempt, String arn) {
        return find(attempt.state(), attempt.call().account(), arn);
    }

    static Optional<MfaDevice> find(State state, String account, String arn) {
        String name = arn.substring(arn.lastIndexOf('/') + 1);
        return state.get(IdentityTables.MFA_DEVICES, IdentityTables.key(account, name))
                .filter(device -> device.arn().equals(arn));
    }

    static Change<MfaDevice> put(MfaDevice device) {
        return Change.put(IdentityTables.MFA_DEVICES, device.rowKey(), device);
    }
}
