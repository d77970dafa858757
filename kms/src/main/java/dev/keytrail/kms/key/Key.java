package dev.keytrail.kms.key;

import dev.keytrail.call.Arn;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import dev.keytrail.call.Table;
import dev.keytrail.crypto.Vault;
import dev.keytrail.crypto.WrappedMaterial;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A KMS key, as it lies in {@code kms.key} under {@code account/region/id}.
 *
 * @param id bare, e.g. {@code 1234abcd-12ab-34cd-56ef-1234567890ab}
 * @param arn follows from account, Region and id; kept because every call prints it
 * @param awsManaged made by a service for itself ({@code KeyManager} AWS) rather than by a customer
 * @param previousState what it was before a deletion was scheduled, or will be when an unavailable key is back
 * @param deletionDate when the waiting period ends; present exactly in PENDING_DELETION
 * @param policy the key policy's text as given
 * @param publicKey DER SubjectPublicKeyInfo of a key pair, once it has material
 * @param backing of a key in a custom key store. Whether it is unavailable then hangs on the store: see
 *     {@link CustomKeyStore#seen}; the row may say what was so when it was written
 */
public record Key(
        String account,
        String region,
        String id,
        String arn,
        Instant created,
        String description,
        KeySpec spec,
        KeyUsage usage,
        KeyOrigin origin,
        boolean awsManaged,
        boolean multiRegion,
        KeyState state,
        Optional<KeyState> previousState,
        Optional<Instant> deletionDate,
        String policy,
        Tags tags,
        List<Material> materials,
        Optional<Bytes> publicKey,
        Optional<Backing> backing) {
    /** CloudTrail's and LookupEvents' resource type. */
    public static final String RESOURCE_TYPE = "AWS::KMS::Key";

    public static final Table<Key> TABLE = new Table<>("kms.key", RowCodec.of(Key::write, Key::read));

    private static final int VERSION = 1;

    public Key {
        materials = List.copyOf(materials);
        if (deletionDate.isPresent() != (state == KeyState.PENDING_DELETION)) {
            throw new IllegalArgumentException(state + " with deletion date " + deletionDate);
        }
    }

    public static String rowKey(String account, String region, String id) {
        return account + "/" + region + "/" + id;
    }

    public static String arn(String account, String region, String id) {
        return Arn.of("kms", region, account, "key/" + id).toString();
    }

    public String rowKey() {
        return rowKey(account, region, id);
    }

    /** What new encryptions use; empty while there is none (before an import). */
    public Optional<Material> currentMaterial() {
        for (Material material : materials) {
            if (material.standing() == Material.Standing.CURRENT) {
                return Optional.of(material);
            }
        }
        return Optional.empty();
    }

    /** Any version, whatever its standing, by its 64 hex digits. */
    public Optional<Material> material(String materialId) {
        for (Material material : materials) {
            if (material.id().equals(materialId)) {
                return Optional.of(material);
            }
        }
        return Optional.empty();
    }

    /** A state without a date: all but PENDING_DELETION. */
    public Key withState(KeyState next) {
        return in(next, Optional.empty(), Optional.empty());
    }

    /** Enabled or disabled by its owner; a key that is out of reach becomes so when it is back. */
    public Key switchedTo(KeyState next) {
        return state == KeyState.UNAVAILABLE ? in(state, Optional.of(next), Optional.empty()) : withState(next);
    }

    public Key pendingDeletion(Instant date) {
        return in(KeyState.PENDING_DELETION, Optional.of(state), Optional.of(date));
    }

    public Key withDescription(String text) {
        return with(draft -> draft.description = text);
    }

    public Key withPolicy(String text) {
        return with(draft -> draft.policy = text);
    }

    public Key withTags(Tags changed) {
        return with(draft -> draft.tags = changed);
    }

    /** With other material, in the same state. */
    public Key withMaterials(List<Material> others) {
        return withMaterials(others, publicKey);
    }

    public Key withMaterials(List<Material> others, Optional<Bytes> otherPublicKey) {
        return with(draft -> {
            draft.materials = others;
            draft.publicKey = otherPublicKey;
        });
    }

    /** With its materials under the newest root key; empty when they are already. */
    public Optional<Key> renewed(Vault vault) {
        boolean any = false;
        List<Material> renewed = new ArrayList<>();
        for (Material material : materials) {
            Optional<WrappedMaterial> again = vault.renewed(account, id, material.wrapped());
            any |= again.isPresent();
            renewed.add(again.map(material::withWrapped).orElse(material));
        }
        return any ? Optional.of(withMaterials(renewed)) : Optional.empty();
    }

    /** In a custom key store. */
    public Key keptIn(Backing place) {
        return with(draft -> draft.backing = Optional.of(place));
    }

    /** As it stands while its custom key store can, or cannot, be reached. */
    Key reachable(boolean connected) {
        KeyState own = state == KeyState.UNAVAILABLE ? previousState.orElse(KeyState.ENABLED) : state;
        boolean unavailable = !connected && (own == KeyState.ENABLED || own == KeyState.DISABLED);
        if (unavailable == (state == KeyState.UNAVAILABLE)) {
            return this;
        }
        return unavailable ? in(KeyState.UNAVAILABLE, Optional.of(own), Optional.empty()) : withState(own);
    }

    /** {@code next} becomes current, whether it is new or has waited; what was current stays for decryption. */
    public Key rotatedTo(Material next, Material.Rotated how) {
        List<Material> rotated = new ArrayList<>();
        boolean waited = false;
        for (Material material : materials) {
            if (material.id().equals(next.id())) {
                waited = true;
                rotated.add(material.current(how));
            } else {
                rotated.add(
                        material.standing() == Material.Standing.CURRENT
                                ? material.withStanding(Material.Standing.NON_CURRENT)
                                : material);
            }
        }
        if (!waited) {
            rotated.add(next.current(how));
        }
        Key after = withMaterials(rotated);
        // A replica from which it was deleted while it waited.
        boolean missing = !after.isComplete() && (state == KeyState.ENABLED || state == KeyState.DISABLED);
        return missing ? after.withState(KeyState.PENDING_IMPORT) : after;
    }

    /** Whether every material that it ever encrypted with is there; only imported material can be missing. */
    public boolean isComplete() {
        if (origin != KeyOrigin.EXTERNAL) {
            return true;
        }
        return currentMaterial().isPresent()
                && materials.stream()
                        .allMatch(material ->
                                material.isPresent() || !material.standing().isLasting());
    }

    private Key in(KeyState next, Optional<KeyState> previous, Optional<Instant> deletion) {
        return with(draft -> {
            draft.state = next;
            draft.previousState = previous;
            draft.deletionDate = deletion;
        });
    }

    private Key with(Consumer<Draft> change) {
        Draft draft = new Draft();
        change.accept(draft);
        return draft.key();
    }

    /** This key, while a copy with other members is made. */
    private final class Draft {
        private String description = Key.this.description;
        private KeyState state = Key.this.state;
        private Optional<KeyState> previousState = Key.this.previousState;
        private Optional<Instant> deletionDate = Key.this.deletionDate;
        private String policy = Key.this.policy;
        private Tags tags = Key.this.tags;
        private List<Material> materials = Key.this.materials;
        private Optional<Bytes> publicKey = Key.this.publicKey;
        private Optional<Backing> backing = Key.this.backing;

        Key key() {
            return new Key(
                    account,
                    region,
                    id,
                    arn,
                    created,
                    description,
                    spec,
                    usage,
                    origin,
                    awsManaged,
                    multiRegion,
                    state,
                    previousState,
                    deletionDate,
                    policy,
                    tags,
                    materials,
                    publicKey,
                    backing);
        }
    }

    private static void write(Key key, RowWriter out) {
        out.version(VERSION)
                .text(key.account)
                .text(key.region)
                .text(key.id)
                .instant(key.created)
                .text(key.description)
                .text(key.spec.name())
                .text(key.usage.name())
                .text(key.origin.name())
                .flag(key.awsManaged)
                .flag(key.multiRegion)
                .text(key.state.name())
                .optionalText(key.previousState.map(KeyState::name))
                .optional(key.deletionDate, (date, to) -> to.instant(date))
                .text(key.policy);
        key.tags.write(out);
        out.list(
                key.materials,
                (material, to) -> to.text(material.id())
                        .bytes(material.wrapped().wrapped())
                        .text(material.standing().name()));
        out.optional(key.publicKey, (spki, to) -> to.bytes(spki));
        key.materials.forEach(material -> material.writeStory(out));
        out.optional(key.backing, Backing::write);
    }

    private static Key read(RowReader in) {
        in.version(VERSION);
        String account = in.text();
        String region = in.text();
        String id = in.text();
        Key key = new Key(
                account,
                region,
                id,
                arn(account, region, id),
                in.instant(),
                in.text(),
                KeySpec.valueOf(in.text()),
                KeyUsage.valueOf(in.text()),
                KeyOrigin.valueOf(in.text()),
                in.flag(),
                in.flag(),
                KeyState.valueOf(in.text()),
                in.optionalText().map(KeyState::valueOf),
                in.optional(RowReader::instant),
                in.text(),
                Tags.read(in),
                in.list(Key::readMaterial),
                in.hasMore() ? in.optional(RowReader::bytes) : Optional.empty(),
                Optional.empty());
        if (!in.hasMore()) {
            return key;
        }
        Key told = key.withMaterials(
                key.materials.stream().map(material -> material.withStory(in)).toList());
        return in.hasMore() ? in.optional(Backing::read).map(told::keptIn).orElse(told) : told;
    }

    private static Material readMaterial(RowReader in) {
        String id = in.text();
        Bytes wrapped = in.bytes();
        return new Material(new WrappedMaterial(id, wrapped), Material.Standing.valueOf(in.text()));
    }
}
