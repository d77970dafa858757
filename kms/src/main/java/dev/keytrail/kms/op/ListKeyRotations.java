package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.kms.key.Material;
import dev.keytrail.kms.key.Material.Imported;
import dev.keytrail.kms.key.Material.Rotated;
import dev.keytrail.kms.key.StateRule;
import dev.keytrail.wire.shape.kms.ExpirationModelType;
import dev.keytrail.wire.shape.kms.ImportState;
import dev.keytrail.wire.shape.kms.IncludeKeyMaterial;
import dev.keytrail.wire.shape.kms.KeyMaterialState;
import dev.keytrail.wire.shape.kms.ListKeyRotationsRequest;
import dev.keytrail.wire.shape.kms.ListKeyRotationsResponse;
import dev.keytrail.wire.shape.kms.RotationType;
import dev.keytrail.wire.shape.kms.RotationsListEntry;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** ListKeyRotations: past rotations, or all material; in the order in which the key got it. */
final class ListKeyRotations {
    private static final int LIMIT_DEFAULT = 100;
    private static final int LIMIT_MAX = 1000;

    private final KeyCare care;

    ListKeyRotations(KeyCare care) {
        this.care = care;
    }

    Operation<ListKeyRotationsRequest, ListKeyRotationsResponse> row() {
        return Rows.reading(
                "ListKeyRotations",
                ListKeyRotationsRequest.class,
                ListKeyRotationsResponse.class,
                this::run,
                ListKeyRotations::shown);
    }

    private Effect<ListKeyRotationsResponse> run(Attempt attempt, ListKeyRotationsRequest in) {
        Key key = care.ready(attempt, in.keyId(), StateRule.ANY);
        RotationRules.demandSymmetric(key);
        if (key.backing().isPresent()) {
            throw KmsErrors.wrongOrigin(key);
        }
        boolean all = in.includeKeyMaterial().orElse(IncludeKeyMaterial.ROTATIONS_ONLY)
                == IncludeKeyMaterial.ALL_KEY_MATERIAL;
        Pages pages = Pages.of(attempt.call(), key.id() + " " + all, in.limit(), LIMIT_DEFAULT, LIMIT_MAX, in.marker());
        // Material is never taken out of a key's list, so a place in it makes a marker that stays true.
        int shown = pages.after().isEmpty() ? 0 : Integer.parseInt(pages.after());
        List<Material> materials = key.materials();
        List<Integer> places = IntStream.range(shown, materials.size())
                .filter(i -> all || materials.get(i).rotated().isPresent())
                .boxed()
                .toList();
        Pages.Page<Integer> page = pages.take(places, i -> Integer.toString(i + 1));
        return Effect.of(ListKeyRotationsResponse.builder()
                .rotations(page.items().stream()
                        .map(i -> entry(key, materials.get(i)))
                        .toList())
                .truncated(page.truncated())
                .nextMarker(page.nextMarker())
                .build());
    }

    private static RotationsListEntry entry(Key key, Material material) {
        Optional<Imported> imported = material.imported();
        return RotationsListEntry.builder()
                .keyId(key.arn())
                .keyMaterialId(material.id())
                .keyMaterialState(KeyMaterialState.valueOf(material.standing().name()))
                .rotationDate(material.rotated().map(Rotated::at))
                .rotationType(material.rotated()
                        .map(how -> RotationType.valueOf(how.type().name())))
                .keyMaterialDescription(imported.map(Imported::description).filter(text -> !text.isEmpty()))
                .importState(
                        imported.map(said -> material.isPresent() ? ImportState.IMPORTED : ImportState.PENDING_IMPORT))
                .expirationModel(imported.filter(said -> material.isPresent()).map(ListKeyRotations::model))
                .validTo(material.validTo())
                .build();
    }

    static ExpirationModelType model(Imported imported) {
        return imported.validTo().isPresent()
                ? ExpirationModelType.KEY_MATERIAL_EXPIRES
                : ExpirationModelType.KEY_MATERIAL_DOES_NOT_EXPIRE;
    }

    private static Optional<Facts> shown(ListKeyRotationsRequest in) {
        Facts facts = Facts.facts()
                .put("keyId", in.keyId())
                .put("includeKeyMaterial", in.includeKeyMaterial().map(IncludeKeyMaterial::value));
        Pages.show(facts, in.limit(), in.marker());
        return Optional.of(facts);
    }
}
