package dev.keytrail.server;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Secret;
import dev.keytrail.crypto.FileCustody;
import dev.keytrail.crypto.custody.CustodyRefused;
import dev.keytrail.crypto.custody.Keeper;
import dev.keytrail.crypto.custody.Share;
import dev.keytrail.crypto.custody.Sharing;
import dev.keytrail.crypto.custody.Stretching;
import dev.keytrail.crypto.custody.WrappingKey;
import dev.keytrail.crypto.token.Token;
import dev.keytrail.crypto.token.TokenFailure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Gives wrapping keys into custody and gets them out again, whoever the keeper is. Thread-safe.
 *
 * <p>The key file is exchanged in two steps around the commit that says which key counts: before it, the new key lies in
 * {@code root.key.next}; after it, that one takes the place of {@code root.key}. A crash in between leaves both, and the
 * row's key id tells which.
 */
final class Keepers {
    private static final int TOKEN_KEY_ID_BYTES = 16;
    private static final int VECTOR_BYTES = 12;
    private static final int CONTEXT_BYTES = 8;

    private final Path keyFile;
    private final CustodySettings settings;
    private final Entropy entropy;

    /** One for each library: a process can load and log in to a token once. */
    private Optional<Token> token = Optional.empty();

    Keepers(Path keyFile, CustodySettings settings, Entropy entropy) {
        this.keyFile = keyFile;
        this.settings = settings;
        this.entropy = entropy;
    }

    /**
     * What a change of custody asks for. Secrets belong to the caller, who closes them.
     *
     * @param provider a keeper's name
     * @param secret the new passphrase, or the token's PIN
     * @param keyId a key of another KMS
     */
    record Wanted(
            String provider,
            Optional<Secret> secret,
            Optional<Integer> threshold,
            Optional<Integer> shares,
            Optional<String> keyId) {}

    /** A wrapping key in custody. The shares are to be handed out, and closed. */
    record Made(Keeper keeper, WrappingKey key, List<Share> shares) {
        Made {
            shares = List.copyOf(shares);
        }
    }

    /** @throws CustodyRefused with a text for whoever asks */
    Made make(Wanted wanted) {
        return switch (wanted.provider()) {
            case "file" -> inFile();
            case "passphrase" -> {
                Stretching stretching = Stretching.fresh(entropy);
                yield new Made(
                        new Keeper.Passphrase(stretching), stretching.key(secret(wanted, "a passphrase")), List.of());
            }
            case "shares" -> {
                WrappingKey key = WrappingKey.random(entropy);
                Sharing.Split split = Sharing.split(
                        key,
                        wanted.threshold().orElseThrow(() -> new CustodyRefused("shares need a threshold")),
                        wanted.shares().orElseThrow(() -> new CustodyRefused("how many shares?")),
                        entropy);
                yield new Made(split.keeper(), key, split.shares());
            }
            case "token" -> inToken(secret(wanted, "the token's PIN"));
            case "kms" -> {
                WrappingKey key = WrappingKey.random(entropy);
                String keyId = wanted.keyId().orElseThrow(() -> new CustodyRefused("which key of the other KMS?"));
                yield new Made(otherKms().wrap(key, keyId, entropy.hex(CONTEXT_BYTES)), key, List.of());
            }
            default -> throw new CustodyRefused("custody is file, passphrase, shares, token or kms");
        };
    }

    private static Secret secret(Wanted wanted, String what) {
        return wanted.secret()
                .orElseThrow(() -> new CustodyRefused("custody by " + wanted.provider() + " needs " + what));
    }

    private Made inFile() {
        WrappingKey key = WrappingKey.random(entropy);
        try (Secret copy = key.copy()) {
            FileCustody.store(next(), copy, entropy);
        } catch (IOException e) {
            throw new CustodyRefused("the key file cannot be written: " + e.getMessage());
        }
        return new Made(new Keeper.File(key.id()), key, List.of());
    }

    private Path next() {
        return keyFile.resolveSibling(keyFile.getFileName() + ".next");
    }

    private Made inToken(Secret pin) {
        WrappingKey key = WrappingKey.random(entropy);
        Bytes id = Bytes.adopt(entropy.bytes(TOKEN_KEY_ID_BYTES));
        Bytes vector = Bytes.adopt(entropy.bytes(VECTOR_BYTES));
        Token at = token();
        try (Secret copy = key.copy()) {
            at.makeKey(pin::copy, id, "keytrail custody");
            Bytes wrapped = at.encrypt(pin::copy, id, copy, vector, id);
            return new Made(new Keeper.Token(id, vector, wrapped), key, List.of());
        } catch (TokenFailure e) {
            throw new CustodyRefused("the token refused: " + e.getMessage());
        }
    }

    private synchronized Token token() {
        if (token.isEmpty()) {
            token = Optional.of(settings.token()
                    .orElseThrow(() -> new CustodyRefused("the setting custody.token says of no token"))
                    .open());
        }
        return token.get();
    }

    private OtherKms otherKms() {
        return new OtherKms(settings.kms()
                .orElseThrow(() -> new CustodyRefused("the setting custody.kms.endpoint says of no other KMS")));
    }

    /** Of keepers that need a secret: by a passphrase or PIN. @throws CustodyRefused if it is another's, or does not open */
    WrappingKey open(Keeper keeper, Secret secret) {
        return switch (keeper) {
            case Keeper.Passphrase passphrase -> passphrase.stretching().key(secret);
            case Keeper.Token held -> fromToken(held, secret);
            case Keeper.File _, Keeper.Shares _, Keeper.Kms _ ->
                throw new CustodyRefused("custody is by " + keeper.name() + ", which knows no passphrase and no PIN");
        };
    }

    private WrappingKey fromToken(Keeper.Token held, Secret pin) {
        try {
            return WrappingKey.of(token().decrypt(pin::copy, held.keyId(), held.wrapped(), held.vector(), held.keyId())
                    .orElseThrow(() -> new CustodyRefused("the token's key is not the one that sealed")));
        } catch (TokenFailure e) {
            throw new CustodyRefused("the token refused: " + e.getMessage());
        }
    }

    /** Of any keeper, if that takes nobody; empty when somebody must give a passphrase, PIN or share. */
    Optional<WrappingKey> openAlone(Keeper keeper) {
        return switch (keeper) {
            case Keeper.File file -> Optional.of(fromFile(file));
            case Keeper.Kms kms -> Optional.of(otherKms().unwrap(kms));
            case Keeper.Shares _ -> Optional.empty();
            case Keeper.Passphrase _, Keeper.Token _ -> {
                if (settings.secretFile().isEmpty()) {
                    yield Optional.empty();
                }
                try (Secret secret = SecretInput.file(settings.secretFile().get())) {
                    yield Optional.of(open(keeper, secret));
                } catch (IOException e) {
                    throw new CustodyRefused(e.getMessage() == null ? e.toString() : e.getMessage());
                }
            }
        };
    }

    private WrappingKey fromFile(Keeper.File keeper) {
        List<String> seen = new ArrayList<>();
        for (Path candidate : List.of(keyFile, next())) {
            if (Files.exists(candidate)) {
                try {
                    WrappingKey key = WrappingKey.of(FileCustody.read(candidate));
                    if (key.id().equals(keeper.keyId())) {
                        return key;
                    }
                    key.close();
                    seen.add(candidate.getFileName() + " is another key");
                } catch (IOException e) {
                    seen.add(String.valueOf(e.getMessage()));
                }
            }
        }
        throw new OperatorError("the key file " + keyFile + " is not the one that this ledger's root keys are sealed"
                + " under" + (seen.isEmpty() ? ": it is missing" : ": " + String.join("; ", seen)));
    }

    /** Brings the key file to what the committed row says. Does nothing a second time. */
    void settle(Keeper keeper) throws IOException {
        if (keeper instanceof Keeper.File file) {
            if (Files.exists(next())) {
                String id;
                try (WrappingKey key = WrappingKey.of(FileCustody.read(next()))) {
                    id = key.id();
                }
                if (id.equals(file.keyId())) {
                    Files.move(next(), keyFile, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
                } else {
                    FileCustody.shred(next());
                }
            }
        } else {
            FileCustody.shred(next());
            FileCustody.shred(keyFile);
        }
    }

    /** Before there is a row: a key that was made ready and never committed counts for nothing. */
    void dropUncommitted() throws IOException {
        FileCustody.shred(next());
    }

    static Secret utf8(String text) {
        return Secret.adopt(text.getBytes(StandardCharsets.UTF_8));
    }
}
