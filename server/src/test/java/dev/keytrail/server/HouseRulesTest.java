package dev.keytrail.server;

import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import dev.keytrail.call.Secret;
import dev.keytrail.crypto.Vault;
import dev.keytrail.crypto.WrappedMaterial;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Set;
import java.util.UUID;

/** What Maven's module arrows cannot see. Each rule can fail: break it and run this. */
@AnalyzeClasses(packages = "dev.keytrail", importOptions = ImportOption.DoNotIncludeTests.class)
class HouseRulesTest {
    /** Codecs outside wire and crypto, and the one place that shows the first secret. Each is a leak point to review. */
    private static final Set<String> MAY_REVEAL = Set.of(
            "dev.keytrail.audit.op.PageToken",
            "dev.keytrail.audit.trail.S3Clients",
            "dev.keytrail.identity.directory.SessionTokens",
            "dev.keytrail.identity.federation.JsonWebToken",
            "dev.keytrail.identity.federation.SamlResponse",
            "dev.keytrail.identity.op.Mfa",
            "dev.keytrail.identity.op.Opaque",
            "dev.keytrail.server.AdminDialogue",
            "dev.keytrail.server.CustodyCommand",
            "dev.keytrail.server.OtherKms",
            "dev.keytrail.server.SecretInput",
            "dev.keytrail.server.FirstStart",
            "dev.keytrail.server.SignInReplies");

    /** Where the real clock and the real randomness come in. */
    private static final String COMPOSITION = "dev.keytrail.server";

    private static DescribedPredicate<JavaAccess<?>> calls(Class<?> owner, String method) {
        return target(owner(
                        DescribedPredicate.describe(owner.getSimpleName(), (JavaClass c) -> c.isEquivalentTo(owner))))
                .and(target(name(method)))
                .as("calls %s.%s", owner.getSimpleName(), method);
    }

    @ArchTest
    void onlyCryptoAndCodecs_revealSecrets(JavaClasses house) {
        noClasses()
                .that()
                .resideOutsideOfPackages("dev.keytrail.crypto..", "dev.keytrail.wire..", "dev.keytrail.call")
                .and(DescribedPredicate.describe(
                        "are not a listed codec",
                        (JavaClass c) -> !MAY_REVEAL.contains(c.getName().replaceAll("\\$.*", ""))))
                .should()
                .accessTargetWhere(calls(Secret.class, "reveal"))
                .check(house);
    }

    /**
     * Who wraps under the root key. What stays in a row must be in {@link House#rewrappings}, or a rotation loses it: access
     * keys, MFA seeds, materials, credentials of key stores, messages, objects' keys are; the rest are tokens that expire.
     */
    @ArchTest
    void whoeverWraps_isKnownToRotation(JavaClasses house) {
        Set<String> rewrapped = Set.of(
                "dev.keytrail.identity.directory.AccessKeys",
                "dev.keytrail.identity.op.Mfa",
                "dev.keytrail.identity.op.SamlProviders",
                "dev.keytrail.kms.store.KeyStores",
                "dev.keytrail.audit.topic.Postman",
                "dev.keytrail.audit.bucket.Sealing");
        Set<String> tokens = Set.of(
                "dev.keytrail.audit.op.PageToken",
                "dev.keytrail.identity.directory.SessionTokens",
                "dev.keytrail.identity.op.AuthorizationMessages",
                "dev.keytrail.identity.op.OAuth",
                "dev.keytrail.identity.op.SigninTokens",
                "dev.keytrail.kms.key.GrantTokens",
                "dev.keytrail.kms.key.ImportTokens",
                // The key of a backup, which keeps its root keys itself.
                "dev.keytrail.server.BackupHeader");
        noClasses()
                .that()
                .resideOutsideOfPackages("dev.keytrail.crypto..")
                .and(DescribedPredicate.describe(
                        "are not known to wrap",
                        (JavaClass c) -> !rewrapped.contains(c.getName()) && !tokens.contains(c.getName())))
                .should()
                .accessTargetWhere(calls(Vault.class, "wrap"))
                .orShould()
                .accessTargetWhere(calls(Vault.class, "seal"))
                .check(house);
    }

    /** The same for key material: rows that hold some, and import tokens, which expire. */
    @ArchTest
    void whoeverStoresMaterial_isKnownToRotation(JavaClasses house) {
        Set<String> known = Set.of(
                "dev.keytrail.kms.key.Key",
                "dev.keytrail.kms.key.Material",
                "dev.keytrail.kms.key.ImportTokens",
                "dev.keytrail.audit.chain.LogKey",
                "dev.keytrail.audit.trail.SigningKey",
                "dev.keytrail.audit.topic.MessageKey");
        noClasses()
                .that()
                .resideOutsideOfPackages("dev.keytrail.crypto..", "dev.keytrail.bench..")
                .and(DescribedPredicate.describe(
                        "are no row with material", (JavaClass c) -> !known.contains(c.getName())))
                .should()
                .accessTargetWhere(calls(WrappedMaterial.class, "<init>"))
                .check(house);
    }

    @ArchTest
    void timeIsInjected(JavaClasses house) {
        noClasses()
                .that()
                .resideOutsideOfPackage(COMPOSITION)
                .should()
                .accessTargetWhere(calls(Instant.class, "now"))
                .orShould()
                .accessTargetWhere(calls(System.class, "currentTimeMillis"))
                .orShould()
                .accessTargetWhere(calls(InstantSource.class, "system"))
                .orShould()
                .accessTargetWhere(target(owner(
                                DescribedPredicate.describe("Clock", (JavaClass c) -> c.isEquivalentTo(Clock.class))))
                        .and(target(nameMatching("system.*"))))
                .check(house);
    }

    /** EntropyRandom only dresses injected Entropy as a SecureRandom for libraries that want one. */
    @ArchTest
    void chanceIsInjected(JavaClasses house) {
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName("dev.keytrail.crypto.SystemEntropy")
                .and()
                .doNotHaveFullyQualifiedName("dev.keytrail.crypto.EntropyRandom")
                .should()
                .accessTargetWhere(calls(SecureRandom.class, "<init>"))
                .orShould()
                .accessTargetWhere(calls(UUID.class, "randomUUID"))
                .orShould()
                .accessTargetWhere(calls(Math.class, "random"))
                .check(house);
    }

    @ArchTest
    void nobodySleeps(JavaClasses house) {
        noClasses().should().accessTargetWhere(calls(Thread.class, "sleep")).check(house);
    }

    @ArchTest
    void roomsDoNotKnowOneAnother(JavaClasses house) {
        String[] rooms = {"dev.keytrail.identity..", "dev.keytrail.kms..", "dev.keytrail.audit.."};
        for (String room : rooms) {
            for (String other : rooms) {
                if (!room.equals(other)) {
                    noClasses()
                            .that()
                            .resideInAPackage(room)
                            .should()
                            .dependOnClassesThat()
                            .resideInAPackage(other)
                            .check(house);
                }
            }
        }
    }

    @ArchTest
    void shapesStopInTheOpPackages(JavaClasses house) {
        noClasses()
                .that()
                .resideOutsideOfPackages("dev.keytrail.wire..", "..op..", COMPOSITION)
                .should()
                .dependOnClassesThat(resideInAnyPackage("dev.keytrail.wire.shape.."))
                .check(house);
    }

    @ArchTest
    void theHttpLibraryStopsInTheListener(JavaClasses house) {
        noClasses()
                .that(DescribedPredicate.describe(
                        "are not the listener",
                        (JavaClass c) -> !c.getName().startsWith("dev.keytrail.server.Listener")))
                .should()
                .dependOnClassesThat(resideInAnyPackage("io.helidon.."))
                .check(house);
    }

    @ArchTest
    void noDrawers(JavaClasses house) {
        classes()
                .that()
                .resideOutsideOfPackage("dev.keytrail.wire.shape..")
                .should()
                .haveNameNotMatching(".*(Util|Utils|Helper|Manager|Common|Base|Impl)(\\$.*)?")
                .check(house);
    }
}
