package dev.keytrail.wire;

import dev.keytrail.call.Service;
import dev.keytrail.wire.shape.cloudtrail.CloudtrailCodec;
import dev.keytrail.wire.shape.iam.IamCodec;
import dev.keytrail.wire.shape.kms.KmsCodec;
import dev.keytrail.wire.shape.sns.SnsCodec;
import dev.keytrail.wire.shape.sts.StsCodec;
import java.util.List;
import java.util.Optional;

/** The way into this room: the models of the services, and which of them a request speaks to. */
public final class Wire {
    /** In the order of the coverage table. */
    private static final List<Service> MODELLED =
            List.of(Service.KMS, Service.CLOUDTRAIL, Service.STS, Service.IAM, Service.SNS);

    private Wire() {}

    /** Services that have a model: all but S3, sign-in and Keytrail's own. */
    public static List<Service> modelled() {
        return MODELLED;
    }

    /** Throws IllegalArgumentException for a service that has none. */
    public static ServiceModel model(Service service) {
        return switch (service) {
            case KMS -> Kms.MODEL;
            case CLOUDTRAIL -> CloudTrail.MODEL;
            case STS -> Sts.MODEL;
            case IAM -> Iam.MODEL;
            case SNS -> Sns.MODEL;
            case S3, CLOUDTRAIL_DATA, SIGNIN, KEYTRAIL -> throw new IllegalArgumentException(service + " has no model");
        };
    }

    /** The service that an {@code X-Amz-Target} header names, whether or not it has the operation. */
    public static Optional<ServiceModel> serviceOfTarget(String target) {
        String prefix = target.substring(0, Math.max(0, target.lastIndexOf('.')));
        for (Service service : List.of(Service.KMS, Service.CLOUDTRAIL)) {
            ServiceModel model = model(service);
            if (model.targetPrefixes().contains(prefix)) {
                return Optional.of(model);
            }
        }
        return Optional.empty();
    }

    /** The operation that an {@code X-Amz-Target} header names. */
    public static Optional<OperationModel> operationOfTarget(String target) {
        return serviceOfTarget(target).flatMap(model -> model.operation(target.substring(target.lastIndexOf('.') + 1)));
    }

    /** The query service that a {@code Version} parameter names. */
    public static Optional<ServiceModel> serviceOfVersion(String version) {
        for (Service service : List.of(Service.STS, Service.IAM, Service.SNS)) {
            ServiceModel model = model(service);
            if (model.apiVersion().equals(version)) {
                return Optional.of(model);
            }
        }
        return Optional.empty();
    }

    // Each model is made when it is first asked for, so that a server of few services starts at once.

    private static final class Kms {
        static final ServiceModel MODEL = new ServiceModel(Service.KMS, new KmsCodec());
    }

    private static final class CloudTrail {
        static final ServiceModel MODEL = new ServiceModel(Service.CLOUDTRAIL, new CloudtrailCodec());
    }

    private static final class Sts {
        static final ServiceModel MODEL = new ServiceModel(Service.STS, new StsCodec());
    }

    private static final class Iam {
        static final ServiceModel MODEL = new ServiceModel(Service.IAM, new IamCodec());
    }

    private static final class Sns {
        static final ServiceModel MODEL = new ServiceModel(Service.SNS, new SnsCodec());
    }
}
