package dev.keytrail.audit.op;

import dev.keytrail.audit.op.TrailNames.Target;
import dev.keytrail.audit.trail.DataKeys;
import dev.keytrail.audit.trail.NoticeBoard;
import dev.keytrail.audit.trail.ObjectStore;
import dev.keytrail.audit.trail.ObjectStore.Destination;
import dev.keytrail.audit.trail.ObjectStore.Writer;
import dev.keytrail.audit.trail.Organization;
import dev.keytrail.audit.trail.Organizations;
import dev.keytrail.audit.trail.Scope;
import dev.keytrail.audit.trail.Trail;
import dev.keytrail.audit.trail.Trails;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Arn;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Handler;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Service;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** What all operations on trails do alike: find the trail, ask whether the caller may, look at the bucket. */
final class TrailDesk {
    static final String TRAIL_TYPE = "AWS::CloudTrail::Trail";
    static final String BUCKET_TYPE = "AWS::S3::Bucket";

    final Trails trails;
    final Permit permit;
    private final ObjectStore store;
    private final NoticeBoard topics;
    private final DataKeys keys;

    TrailDesk(Trails trails, Permit permit, ObjectStore store, NoticeBoard topics, DataKeys keys) {
        this.trails = trails;
        this.permit = permit;
        this.store = store;
        this.topics = topics;
        this.keys = keys;
    }

    /** The trail of that name or ARN, as seen from the asked Region. */
    Trail find(Attempt attempt, String nameOrArn) {
        attempt.notes().named(TRAIL_TYPE, nameOrArn);
        Target target = TrailNames.target(attempt.call(), nameOrArn);
        permit.check(attempt, target.arn());
        return existing(attempt, target)
                .filter(trail -> trail.showsIn(attempt.call().region()))
                .orElseThrow(() -> TrailNames.unknown(target, attempt.call()));
    }

    /** The same for a change, which only the home Region may make. */
    Trail findAtHome(Attempt attempt, String nameOrArn) {
        attempt.notes().named(TRAIL_TYPE, nameOrArn);
        Target target = TrailNames.target(attempt.call(), nameOrArn);
        permit.check(attempt, target.arn());
        Trail trail = existing(attempt, target).orElseThrow(() -> TrailNames.unknown(target, attempt.call()));
        requireOwner(attempt, trail);
        if (!trail.homeRegion().equals(attempt.call().region())) {
            throw new Refused(ApiError.of(
                    "InvalidHomeRegionException",
                    "Trail " + trail.arn() + " must be updated from its home region " + trail.homeRegion() + "."));
        }
        return trail;
    }

    /** Members see the organisation's trails; only its management account and its delegates change them. */
    private static void requireOwner(Attempt attempt, Trail trail) {
        String account = attempt.call().account();
        boolean owner = trail.account().equals(account)
                || Organizations.of(attempt.state(), account)
                        .filter(organization -> organization.mayAdminister(account))
                        .isPresent();
        if (!owner) {
            throw notManagement(trail.arn());
        }
    }

    static Refused notManagement(String arn) {
        return new Refused(ApiError.of(
                "NotOrganizationMasterAccountException",
                "Only the management account of the organization or a delegated administrator can change " + arn
                        + "."));
    }

    /** The same as {@link #findByArn}, for a change. */
    Trail findOwnByArn(Attempt attempt, String arn) {
        Trail trail = findByArn(attempt, arn);
        requireOwner(attempt, trail);
        return trail;
    }

    /** Tags belong to resources by ARN; other kinds than trails are not there. */
    Trail findByArn(Attempt attempt, String arn) {
        attempt.notes().named(TRAIL_TYPE, arn);
        if (!arn.startsWith("arn:")) {
            throw new Refused(ApiError.of("CloudTrailARNInvalidException", "The resource ARN is invalid: " + arn));
        }
        Target target = TrailNames.target(attempt.call(), arn);
        permit.check(attempt, target.arn());
        return existing(attempt, target)
                .filter(trail -> trail.homeRegion().equals(attempt.call().region()))
                .orElseThrow(() -> new Refused(
                        ApiError.of("ResourceNotFoundException", "The resource " + arn + " was not found.")));
    }

    /** Trails of other accounts are unknown to this one, but for those of its organisation. */
    private Optional<Trail> existing(Attempt attempt, Target target) {
        String account = attempt.call().account();
        boolean own = target.account().equals(account);
        boolean shared = !own
                && Organizations.of(attempt.state(), account)
                        .filter(organization -> organization.management().equals(target.account()))
                        .isPresent();
        return own || shared
                ? trails.find(attempt.state(), target.account(), target.homeRegion(), target.name())
                        .filter(trail -> own || trail.scope().organization().isPresent())
                : Optional.empty();
    }

    /**
     * The organisation whose trails the caller may make or change.
     *
     * @throws Refused with AWS's errors if there is none, or the caller is just a member
     */
    static Organizations.Row organization(Attempt attempt, String arn) {
        String account = attempt.call().account();
        Organizations.Row organization = Organizations.of(attempt.state(), account)
                .orElseThrow(() -> new Refused(ApiError.of(
                        "OrganizationsNotInUseException", "Account " + account + " is not in an organization.")));
        if (!organization.mayAdminister(account)) {
            throw notManagement(arn);
        }
        return organization;
    }

    /** Refuses a destination that CloudTrail could not write to (cloudtrail.md F8). */
    void checkDestination(Trail trail) {
        Scope scope = trail.scope();
        Writer writer = new Writer(trail.arn(), trail.account(), trail.homeRegion());
        ObjectStore.Check check;
        try {
            check = store.check(new Destination(
                    scope.bucket(), scope.prefix(), writer, scope.organization().map(Organization::id)));
        } catch (ObjectStore.Failure failure) {
            throw new Refused(ApiError.of(
                    "ServiceUnavailable",
                    503,
                    "S3 bucket " + scope.bucket() + " cannot be reached: " + failure.code()));
        }
        switch (check) {
            case READY -> {}
            case NO_SUCH_BUCKET ->
                throw new Refused(ApiError.of(
                        "S3BucketDoesNotExistException", "S3 bucket " + scope.bucket() + " does not exist!"));
            case NOT_PERMITTED ->
                throw new Refused(ApiError.of(
                        "InsufficientS3BucketPolicyException",
                        "Incorrect S3 bucket policy is detected for bucket: " + scope.bucket()));
        }
    }

    /** Refuses a topic that CloudTrail could not publish to (cloudtrail.md F7). */
    void checkTopic(Trail trail) {
        Optional<String> topic = trail.scope().topic();
        if (topic.isEmpty()) {
            return;
        }
        boolean accepts;
        try {
            accepts = topics.accepts(topic.get(), new Writer(trail.arn(), trail.account(), trail.homeRegion()));
        } catch (ObjectStore.Failure failure) {
            throw new Refused(ApiError.of(
                    "ServiceUnavailable", 503, "SNS topic " + topic.get() + " cannot be reached: " + failure.code()));
        }
        if (!accepts) {
            throw new Refused(ApiError.of(
                    "InsufficientSnsTopicPolicyException",
                    "SNS Topic does not exist or the topic policy is incorrect!"));
        }
    }

    /**
     * The trail with its key by ARN, once the key service has given a data key for it: as at AWS, setting a key is itself
     * a GenerateDataKey on the key's record (cloudtrail.md F9).
     */
    Trail withCheckedKey(Attempt attempt, Trail trail) {
        if (trail.scope().kmsKey().isEmpty()) {
            return trail;
        }
        String given = trail.scope().kmsKey().get();
        String region = Arn.parse(given).map(Arn::region).orElse(trail.homeRegion());
        if (!region.equals(trail.homeRegion())) {
            throw new Refused(ApiError.of(
                    "InvalidKmsKeyIdException",
                    "KMS key " + given + " is not in the Region of the trail, " + trail.homeRegion() + "."));
        }
        String arn = attempt.once().ask(List.of(given, trail.scope().bucket()), () -> askedKey(attempt, trail, given));
        return trail.withScope(trail.scope().withKmsKey(Optional.of(arn)));
    }

    private String askedKey(Attempt attempt, Trail trail, String given) {
        String region = Arn.parse(given).map(Arn::region).orElse(trail.homeRegion());
        Caller caller =
                Caller.service(Service.CLOUDTRAIL.eventSource(), new Caller.Source(trail.arn(), trail.account()));
        Map<String, String> context = Trails.sampleContext(trail, attempt.call().receivedAt());
        try (DataKeys.DataKey key = keys.generate(caller, region, given, context)) {
            return key.keyArn();
        } catch (DataKeys.Refusal refusal) {
            throw new Refused(
                    switch (ownAndMissing(trail, given) ? "NotFoundException" : refusal.code()) {
                        case "NotFoundException" ->
                            ApiError.of("KmsKeyNotFoundException", "KMS key " + given + " does not exist.");
                        case "AccessDeniedException" ->
                            ApiError.of(
                                    "InsufficientEncryptionPolicyException",
                                    "Insufficient permissions to access S3 bucket "
                                            + trail.scope().bucket() + " or KMS key " + given + ".");
                        default ->
                            ApiError.of(
                                    "KmsException", "KMS key " + given + " cannot be used: " + refusal.code() + ".");
                    });
        }
    }

    private boolean ownAndMissing(Trail trail, String keyArn) {
        boolean own = Arn.parse(keyArn)
                .filter(arn -> arn.account().equals(trail.account()))
                .isPresent();
        return own && !keys.exists(keyArn);
    }

    static <I, O> Operation<I, O> row(
            String name,
            boolean readOnly,
            Class<I> input,
            Class<O> output,
            Handler<I, O> handler,
            Function<I, Optional<Facts>> facts) {
        return new Operation<>(
                Service.CLOUDTRAIL, name, readOnly, Operation.BODY_BYTES_MAX, input, output, handler, facts);
    }

    static Optional<Facts> named(String name) {
        return Optional.of(Facts.facts().put("name", name));
    }

    static Optional<Facts> shown(Facts facts) {
        return facts.isEmpty() ? Optional.empty() : Optional.of(facts);
    }
}
