package dev.keytrail.identity.op;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.Account;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.identity.directory.MfaDevice;
import dev.keytrail.identity.directory.User;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.shape.iam.AssignmentStatusType;
import dev.keytrail.wire.shape.iam.CreateVirtualMFADeviceRequest;
import dev.keytrail.wire.shape.iam.CreateVirtualMFADeviceResponse;
import dev.keytrail.wire.shape.iam.DeactivateMFADeviceRequest;
import dev.keytrail.wire.shape.iam.DeleteVirtualMFADeviceRequest;
import dev.keytrail.wire.shape.iam.EnableMFADeviceRequest;
import dev.keytrail.wire.shape.iam.ListMFADevicesRequest;
import dev.keytrail.wire.shape.iam.ListMFADevicesResponse;
import dev.keytrail.wire.shape.iam.ListVirtualMFADevicesRequest;
import dev.keytrail.wire.shape.iam.ListVirtualMFADevicesResponse;
import dev.keytrail.wire.shape.iam.MFADevice;
import dev.keytrail.wire.shape.iam.VirtualMFADevice;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Virtual MFA devices: Create, Enable, Deactivate, Delete and the two lists. Users have them, and the root user. */
final class MfaDevices {
    /** AWS's quota of devices for one user. */
    private static final int DEVICES_MAX = 8;

    /** The picture's size sets this bound; AWS's is 226. */
    private static final int NAME_MAX = 226;

    /** No user can have that name. */
    private static final String ROOT = "AWS ROOT USER";

    private final Permit permit;
    private final Mfa mfa;

    MfaDevices(Permit permit, Mfa mfa) {
        this.permit = permit;
        this.mfa = mfa;
    }

    List<Operation<?, ?>> rows() {
        return List.of(
                Rows.changing(
                        Service.IAM,
                        "CreateVirtualMFADevice",
                        CreateVirtualMFADeviceRequest.class,
                        CreateVirtualMFADeviceResponse.class,
                        this::create,
                        MfaDevices::facts),
                Rows.changing(
                        Service.IAM,
                        "EnableMFADevice",
                        EnableMFADeviceRequest.class,
                        NoOutput.class,
                        this::enable,
                        in -> Optional.of(facts(Optional.of(in.userName()), in.serialNumber()))),
                Rows.changing(
                        Service.IAM,
                        "DeactivateMFADevice",
                        DeactivateMFADeviceRequest.class,
                        NoOutput.class,
                        this::deactivate,
                        in -> Optional.of(facts(in.userName(), in.serialNumber()))),
                Rows.changing(
                        Service.IAM,
                        "DeleteVirtualMFADevice",
                        DeleteVirtualMFADeviceRequest.class,
                        NoOutput.class,
                        this::delete,
                        in -> Optional.of(facts(Optional.empty(), in.serialNumber()))),
                Rows.reading(
                        Service.IAM,
                        "ListMFADevices",
                        ListMFADevicesRequest.class,
                        ListMFADevicesResponse.class,
                        this::list,
                        in -> Rows.shown(
                                Rows.paging(Facts.facts().put("userName", in.userName()), in.maxItems(), in.marker()))),
                Rows.reading(
                        Service.IAM,
                        "ListVirtualMFADevices",
                        ListVirtualMFADevicesRequest.class,
                        ListVirtualMFADevicesResponse.class,
                        this::listVirtual,
                        in -> Rows.shown(Rows.paging(
                                Facts.facts()
                                        .put(
                                                "assignmentStatus",
                                                in.assignmentStatus().map(AssignmentStatusType::value)),
                                in.maxItems(),
                                in.marker()))));
    }

    private Effect<CreateVirtualMFADeviceResponse> create(Attempt attempt, CreateVirtualMFADeviceRequest in) {
        Map<String, String> tags = TagLists.checked(in.tags().orElse(List.of()));
        if (in.virtualMFADeviceName().length() > NAME_MAX) {
            throw IamErrors.validation("virtualMFADeviceName must have at most " + NAME_MAX + " characters");
        }
        String account = attempt.call().account();
        String path = in.path().orElse("/");
        String arn = "arn:aws:iam::" + account + ":mfa" + path + in.virtualMFADeviceName();
        attempt.notes().named("AWS::IAM::VirtualMFADevice", arn);
        permit.demand(attempt, arn, conditions -> TagLists.conditions(conditions, tags));
        if (!tags.isEmpty()) {
            permit.demand(attempt, "iam:TagMFADevice", arn, conditions -> TagLists.conditions(conditions, tags));
        }
        if (attempt.state()
                .get(IdentityTables.MFA_DEVICES, IdentityTables.key(account, in.virtualMFADeviceName()))
                .isPresent()) {
            throw IamErrors.exists("MFADevice entity at the same path and name already exists.");
        }
        Mfa.Seed seed = mfa.seed(arn);
        MfaDevice device = new MfaDevice(
                account,
                path,
                in.virtualMFADeviceName(),
                attempt.call().receivedAt(),
                seed.sealed(),
                tags,
                Optional.empty(),
                0);
        VirtualMFADevice.Builder shape = VirtualMFADevice.builder()
                .serialNumber(arn)
                .base32StringSeed(seed.base32())
                .qRCodePNG(Mfa.picture(device, seed.base32()));
        Facts shown = Facts.facts().put("serialNumber", arn);
        if (!tags.isEmpty()) {
            shape.tags(TagLists.shape(tags));
            shown.putAll("tags", TagLists.facts(TagLists.shape(tags)));
        }
        return Effect.of(
                        CreateVirtualMFADeviceResponse.builder()
                                .virtualMFADevice(shape.build())
                                .build(),
                        Mfa.put(device))
                .showing(Facts.facts().put("virtualMFADevice", shown));
    }

    /** Whose devices a call is about. */
    private sealed interface Holder {
        List<String> devices();

        MfaDevice.Holder at(Instant enabled);

        Change<?> with(List<String> devices);
    }

    private record OfUser(User user) implements Holder {
        @Override
        public List<String> devices() {
            return user.mfaDevices();
        }

        @Override
        public MfaDevice.Holder at(Instant enabled) {
            return new MfaDevice.Holder(user.name(), user.id(), enabled);
        }

        @Override
        public Change<?> with(List<String> devices) {
            return Kind.USER.put(user.withMfaDevices(devices));
        }
    }

    private record OfRoot(Account account) implements Holder {
        @Override
        public List<String> devices() {
            return account.rootMfaDevices();
        }

        @Override
        public MfaDevice.Holder at(Instant enabled) {
            return new MfaDevice.Holder(ROOT, account.id(), enabled);
        }

        @Override
        public Change<?> with(List<String> devices) {
            return Accounts.put(account.withRootMfaDevices(devices));
        }
    }

    /**
     * The named user, or the caller. The root user names nobody, or, where a name must be given, its account's number:
     * events call it {@value #ROOT}.
     */
    private Holder permitted(Attempt attempt, Optional<String> userName, Optional<String> serialNumber) {
        if (attempt.call().caller().principal() instanceof Principal.Root root
                && userName.map(root.accountId()::equals).orElse(true)) {
            permit.demand(attempt, root.arn());
            serialNumber.ifPresent(serial -> attempt.notes().parameters(facts(Optional.of(ROOT), serial)));
            return new OfRoot(Accounts.of(attempt.state(), root.accountId()));
        }
        String name = userName.or(() -> Kind.callersName(attempt))
                .orElseThrow(
                        () -> IamErrors.validation("Must specify userName when calling with non-User credentials"));
        return new OfUser(Kind.USER.permitted(attempt, permit, name));
    }

    private Effect<NoOutput> enable(Attempt attempt, EnableMFADeviceRequest in) {
        Holder holder = permitted(attempt, Optional.of(in.userName()), Optional.of(in.serialNumber()));
        MfaDevice device = find(attempt, in.serialNumber());
        if (device.holder().isPresent()) {
            throw IamErrors.exists("MFA Device is already in use.");
        }
        if (holder.devices().size() >= DEVICES_MAX) {
            throw IamErrors.limitExceeded("Cannot exceed quota for MFADevicesPerUser: " + DEVICES_MAX);
        }
        OptionalLong step = mfa.stepOfSecond(
                device,
                in.authenticationCode1(),
                in.authenticationCode2(),
                attempt.call().receivedAt());
        if (step.isEmpty()) {
            throw new Refused(
                    ApiError.of("InvalidAuthenticationCode", 403, "Authentication code for device is not valid."));
        }
        List<String> devices = new ArrayList<>(holder.devices());
        devices.add(device.arn());
        MfaDevice.Holder at = holder.at(attempt.call().receivedAt());
        return Effect.of(
                NoOutput.INSTANCE, Mfa.put(device.withHolder(Optional.of(at), step.getAsLong())), holder.with(devices));
    }

    private Effect<NoOutput> deactivate(Attempt attempt, DeactivateMFADeviceRequest in) {
        Holder holder = permitted(attempt, in.userName(), Optional.of(in.serialNumber()));
        MfaDevice device = find(attempt, in.serialNumber());
        if (!holder.devices().contains(device.arn())) {
            throw noSuch(in.serialNumber());
        }
        List<String> devices = new ArrayList<>(holder.devices());
        devices.remove(device.arn());
        return Effect.of(
                NoOutput.INSTANCE,
                Mfa.put(device.withHolder(Optional.empty(), device.lastStep())),
                holder.with(devices));
    }

    private Effect<NoOutput> delete(Attempt attempt, DeleteVirtualMFADeviceRequest in) {
        Optional<MfaDevice> found = Mfa.find(attempt, in.serialNumber());
        attempt.notes().named("AWS::IAM::VirtualMFADevice", in.serialNumber());
        permit.demand(
                attempt,
                in.serialNumber(),
                conditions -> found.ifPresent(d -> TagLists.resourceConditions(conditions, d.tags())));
        MfaDevice device = found.orElseThrow(() -> noSuch(in.serialNumber()));
        if (device.holder().isPresent()) {
            throw IamErrors.deleteConflict("MFA VirtualDevice in use. Must deactivate first.");
        }
        return Effect.of(NoOutput.INSTANCE, Change.delete(IdentityTables.MFA_DEVICES, device.rowKey()));
    }

    private static MfaDevice find(Attempt attempt, String serialNumber) {
        attempt.notes().named("AWS::IAM::VirtualMFADevice", serialNumber);
        return Mfa.find(attempt, serialNumber).orElseThrow(() -> noSuch(serialNumber));
    }

    private static Refused noSuch(String serialNumber) {
        return IamErrors.noSuchEntity("VirtualMFADevice with serial number " + serialNumber + " doesn't exist.");
    }

    private Effect<ListMFADevicesResponse> list(Attempt attempt, ListMFADevicesRequest in) {
        Holder holder = permitted(attempt, in.userName(), Optional.empty());
        String name = holder.at(attempt.call().receivedAt()).userName();
        Pages.Page<String> page = new Paging(in.maxItems(), in.marker()).of(holder.devices());
        return Effect.of(ListMFADevicesResponse.builder()
                .mFADevices(page.items().stream()
                        .flatMap(arn -> Mfa.find(attempt, arn).stream())
                        .map(device -> MFADevice.builder()
                                .userName(name)
                                .serialNumber(device.arn())
                                .enableDate(device.holder().map(MfaDevice.Holder::enabled))
                                .build())
                        .toList())
                .isTruncated(page.truncated())
                .marker(page.marker())
                .build());
    }

    private Effect<ListVirtualMFADevicesResponse> listVirtual(Attempt attempt, ListVirtualMFADevicesRequest in) {
        permit.demand(attempt, "arn:aws:iam::" + attempt.call().account() + ":mfa/");
        AssignmentStatusType status = in.assignmentStatus().orElse(AssignmentStatusType.Any);
        List<MfaDevice> all =
                Entities.all(
                                attempt.state(),
                                IdentityTables.MFA_DEVICES,
                                attempt.call().account())
                        .stream()
                        .filter(device -> status == AssignmentStatusType.Any
                                || device.holder().isPresent() == (status == AssignmentStatusType.Assigned))
                        .toList();
        Pages.Page<MfaDevice> page = new Paging(in.maxItems(), in.marker()).of(all);
        return Effect.of(ListVirtualMFADevicesResponse.builder()
                .virtualMFADevices(page.items().stream()
                        .map(device -> shape(attempt, device))
                        .toList())
                .isTruncated(page.truncated())
                .marker(page.marker())
                .build());
    }

    /** Without the seed, which is shown once. */
    private static VirtualMFADevice shape(Attempt attempt, MfaDevice device) {
        VirtualMFADevice.Builder shape = VirtualMFADevice.builder().serialNumber(device.arn());
        device.holder().ifPresent(holder -> {
            shape.enableDate(holder.enabled());
            if (holder.userName().equals(ROOT)) {
                shape.user(Users.root(Accounts.of(attempt.state(), device.account())));
            } else {
                Kind.USER.find(attempt, holder.userName()).ifPresent(user -> shape.user(Users.brief(user)));
            }
        });
        return shape.build();
    }

    private static Facts facts(Optional<String> userName, String serialNumber) {
        return Facts.facts().put("userName", userName).put("serialNumber", serialNumber);
    }

    private static Optional<Facts> facts(CreateVirtualMFADeviceRequest in) {
        Facts facts = Facts.facts().put("path", in.path()).put("virtualMFADeviceName", in.virtualMFADeviceName());
        in.tags().ifPresent(tags -> facts.putAll("tags", TagLists.facts(tags)));
        return Optional.of(facts);
    }
}
