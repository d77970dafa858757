package dev.keytrail.identity.op;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Refused;

/** IAM's errors with AWS's texts and statuses (identity.md section 4). */
final class IamErrors {
    private IamErrors() {}

    static Refused noSuchAccessKey(String id) {
        return noSuchEntity("The Access Key with id " + id + " cannot be found.");
    }

    static Refused noSuchPolicy(String arn) {
        return noSuchEntity("Policy " + arn + " was not found.");
    }

    static Refused noSuchEntity(String message) {
        return new Refused(ApiError.of("NoSuchEntity", 404, message));
    }

    static Refused exists(String message) {
        return new Refused(ApiError.of("EntityAlreadyExists", 409, message));
    }

    static Refused mustFirst(String first) {
        return deleteConflict("Cannot delete entity, must " + first + " first.");
    }

    static Refused deleteConflict(String message) {
        return new Refused(ApiError.of("DeleteConflict", 409, message));
    }

    static Refused limitExceeded(String message) {
        return new Refused(ApiError.of("LimitExceeded", 409, message));
    }

    static Refused malformedPolicy(String what) {
        return new Refused(ApiError.of("MalformedPolicyDocument", 400, what));
    }

    static Refused invalidInput(String message) {
        return new Refused(ApiError.of("InvalidInput", 400, message));
    }

    static Refused validation(String message) {
        return new Refused(ApiError.of("ValidationError", 400, message));
    }
}
