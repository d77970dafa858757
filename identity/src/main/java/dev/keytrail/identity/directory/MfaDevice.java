package dev.keytrail.identity.directory;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import dev.keytrail.crypto.Vault;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A virtual MFA device.
 *
 * @param sealedSeed wrapped under {@link #seedName}
 * @param holder the user it is enabled for
 * @param lastStep the time step of the newest code that was used: no code counts twice
 */
public record MfaDevice(
        String account,
        String path,
        String name,
        Instant created,
        Bytes sealedSeed,
        Map<String, String> tags,
        Optional<Holder> holder,
        long lastStep)
        implements Tagged<MfaDevice> {
    static final RowCodec<MfaDevice> CODEC = RowCodec.of(MfaDevice::write, MfaDevice::read);

    /** Whose it is, by name at present and by id. */
    public record Holder(String userName, String userId, Instant enabled) {}

    public MfaDevice {
        tags = Collections.unmodifiableMap(new LinkedHashMap<>(tags));
    }

    /** AWS calls the ARN its serial number. */
    public String arn() {
        return "arn:aws:iam::" + account + ":mfa" + path + name;
    }

    public String rowKey() {
        return IdentityTables.key(account, name);
    }

    /** What a seed is sealed under, so that it cannot be moved to another device. */
    public static String seedName(String arn) {
        return "seed of " + arn;
    }

    public MfaDevice withHolder(Optional<Holder> changed, long step) {
        return new MfaDevice(account, path, name, created, sealedSeed, tags, changed, step);
    }

    public MfaDevice withLastStep(long step) {
        return new MfaDevice(account, path, name, created, sealedSeed, tags, holder, step);
    }

    /** With its seed under the newest root key; empty when it is already. */
    Optional<MfaDevice> renewed(Vault vault) {
        return vault.renewed(sealedSeed, seedName(arn()))
                .map(bytes -> new MfaDevice(account, path, name, created, bytes, tags, holder, lastStep));
    }

    @Override
    public MfaDevice withTags(Map<String, String> changed) {
        return new MfaDevice(account, path, name, created, sealedSeed, changed, holder, lastStep);
    }

    private void write(RowWriter out) {
        out.version(1).text(account).text(path).text(name).instant(created).bytes(sealedSeed);
        out.texts(tags)
                .optional(
                        holder,
                        (h, to) -> to.text(h.userName()).text(h.userId()).instant(h.enabled()));
        out.number(lastStep);
    }

    private static MfaDevice read(RowReader in) {
        in.version(1);
        return new MfaDevice(
                in.text(),
                in.text(),
                in.text(),
                in.instant(),
                in.bytes(),
                in.textMap(),
                in.optional(h -> new Holder(h.text(), h.text(), h.instant())),
                in.number());
    }
}
