package dev.keytrail.server;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Service;
import dev.keytrail.wire.FormParameters;
import dev.keytrail.wire.OperationModel;
import dev.keytrail.wire.ServiceModel;
import dev.keytrail.wire.Wire;
import java.util.Optional;

/** How one request is spelled and wants its answer spelled. Nothing is decoded before {@link #understand()}. */
interface Dialogue {
    Service service();

    String contentType();

    byte[] encodeError(ApiError error, String requestId);

    /** @throws Refused when the body was not taken in, so that not even its signature can be checked */
    default void requireReadable() {}

    /** @throws Refused when the request names no operation, or is in a form that the service does not take */
    Spoken understand();

    /** A request whose operation is known. */
    interface Spoken {
        /** A fresh input record. @throws Refused when it does not fit the model */
        Object decode();

        byte[] encode(Object output, String requestId);
    }

    /** AWS JSON 1.1 of a modelled service. */
    static Dialogue json(ServiceModel model, Optional<OperationModel> operation, boolean contentTypeFits, Bytes body) {
        return new Modelled(model) {
            @Override
            public Spoken understand() {
                if (!contentTypeFits || operation.isEmpty()) {
                    throw new Refused(new ApiError("UnknownOperationException", 400, Optional.empty()));
                }
                return spoken(operation.get(), () -> operation.get().decodeJson(body.unsafeArray(), body.size()));
            }
        };
    }

    /** AWS query of a modelled service; {@code parameters} throws if the form is malformed. */
    static Dialogue query(ServiceModel model, Optional<OperationModel> operation, FormParameters parameters) {
        return new Modelled(model) {
            @Override
            public Spoken understand() {
                if (operation.isEmpty()) {
                    throw new Refused(ApiError.of(
                            "InvalidAction",
                            "Could not find operation " + parameters.action().orElse("") + " for version "
                                    + parameters.version().orElse("NO_VERSION_SPECIFIED")));
                }
                return spoken(operation.get(), () -> operation.get().decodeQuery(parameters));
            }
        };
    }

    /** What both protocols share. */
    abstract class Modelled implements Dialogue {
        private final ServiceModel model;

        Modelled(ServiceModel model) {
            this.model = model;
        }

        @Override
        public Service service() {
            return model.service();
        }

        @Override
        public String contentType() {
            return model.protocol().contentType();
        }

        @Override
        public byte[] encodeError(ApiError error, String requestId) {
            return model.encodeError(error, requestId);
        }

        static Spoken spoken(OperationModel operation, java.util.function.Supplier<Object> decode) {
            return new Spoken() {
                @Override
                public Object decode() {
                    return decode.get();
                }

                @Override
                public byte[] encode(Object output, String requestId) {
                    return operation.encode(output, requestId);
                }
            };
        }
    }

    /** A request whose body is beyond all bounds. */
    static Dialogue unreadable(ServiceModel model, ApiError error) {
        return new Modelled(model) {
            @Override
            public void requireReadable() {
                throw new Refused(error);
            }

            @Override
            public Spoken understand() {
                throw new Refused(error);
            }
        };
    }

    /** A call of a JSON service of which nothing is offered. */
    static Dialogue notOffered(Service service, ApiError error) {
        return new Modelled(Wire.model(Service.CLOUDTRAIL)) {
            @Override
            public Service service() {
                return service;
            }

            @Override
            public Spoken understand() {
                throw new Refused(error);
            }
        };
    }

    /** A request whose caller's error was seen before anything could be understood, e.g. a malformed form. */
    static Dialogue refusing(ServiceModel model, ApiError error) {
        return new Modelled(model) {
            @Override
            public Spoken understand() {
                throw new Refused(error);
            }
        };
    }
}
