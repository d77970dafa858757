package dev.keytrail.crypto;

import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.properties.HasName;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import dev.keytrail.call.Secret;
import org.junit.jupiter.api.Test;

/** Where secrets may be looked at, and what the first Encrypt may load. */
class SecretsStayTest {
    /** Only crypto and the codecs look inside a secret; by call or by method reference. */
    private static final ArchRule ONLY_CRYPTO_AND_CODECS_REVEAL = noClasses()
            .that()
            .resideOutsideOfPackages("dev.keytrail.crypto..", "dev.keytrail.wire..")
            .and()
            .doNotHaveFullyQualifiedName(Secret.class.getName())
            .should()
            .accessTargetWhere(target(owner(HasName.Predicates.name(Secret.class.getName())))
                    .and(target(name("reveal"))));

    private final JavaClasses production = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.keytrail");

    @Test
    void reveal_isCalledByCryptoAndCodecsAlone() {
        ONLY_CRYPTO_AND_CODECS_REVEAL.check(production);
    }

    @Test
    void reveal_calledElsewhere_isSeen() {
        JavaClasses prying = new ClassFileImporter().importPackages("dev.keytrail.outside");
        assertThat(ONLY_CRYPTO_AND_CODECS_REVEAL
                        .evaluate(prying)
                        .getFailureReport()
                        .getDetails())
                .hasSize(2);
    }

    /** Start-up: the symmetric path must not wait for a native library or for Bouncy Castle. */
    @Test
    void symmetricPath_knowsNoLibraryButTheJdk() {
        classes()
                .that()
                .belongToAnyOf(
                        SymmetricKeys.class,
                        Vault.class,
                        KeyedCipher.class,
                        CipherPool.class,
                        MaterialCache.class,
                        MaterialId.class,
                        Canonical.class,
                        CiphertextHeader.class,
                        FileCustody.class,
                        RootKey.class,
                        SystemEntropy.class,
                        WrappedMaterial.class,
                        HmacKeys.class)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("java..", "javax.crypto..", "org.jspecify..", "dev.keytrail..")
                .check(production);
        noClasses()
                .that()
                .belongToAnyOf(SymmetricKeys.class, Vault.class, KeyedCipher.class, MaterialCache.class)
                .should()
                .dependOnClassesThat()
                .belongToAnyOf(AsymmetricKeys.class, Algorithms.class, KeyForms.class, ParsedKeys.class)
                .check(production);
    }
}
