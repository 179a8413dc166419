package org.xenimage.migrate;

/**
 * Where a relayed migration stands, and with it whose the guest is. Bytes count what was passed on of the image.
 */
public sealed interface RelayState {
    /** Whose guest it is. */
    enum Owner {
        /** The sender goes on with it if the relay ends now. */
        SOURCE,
        /** The receiver has it. */
        RECEIVER,
        /** Only a look at both ends tells. */
        UNDECIDED
    }

    /** The receiver has not said anything yet, and the sender waits for it. */
    record Waiting() implements RelayState {}

    /**
     * What the receiver said first is not what a receiver says; the sender gives up when it sees it.
     *
     * @param understood bytes of the receiver's that were as they should be
     */
    record Misunderstood(int understood) implements RelayState {}

    /**
     * The image is on its way.
     *
     * @param bytes passed on
     * @param checkpoints that are whole: with the first one the receiver can go on without the sender
     */
    record Passing(long bytes, long checkpoints) implements RelayState {}

    /**
     * The image ends here without its end: a policy, the image or one of the two ends is at fault.
     *
     * @param bytes passed on
     * @param checkpoints that are whole
     */
    record Refused(long bytes, long checkpoints) implements RelayState {}

    /**
     * The image was passed on whole. From here on the two ends agree among themselves.
     *
     * @param bytes passed on
     * @param senderGone whether it ended with a checkpoint, for want of a sender
     */
    record Ended(long bytes, boolean senderGone) implements RelayState {}

    /**
     * The receiver has the image, and waits for the sender's word.
     *
     * @param bytes passed on
     */
    record Received(long bytes) implements RelayState {}

    /**
     * The sender gave the guest away.
     *
     * @param bytes passed on
     */
    record GivenAway(long bytes) implements RelayState {}

    /**
     * The receiver said how it went.
     *
     * @param bytes passed on
     * @param status 0 if the guest runs there
     */
    record Reported(long bytes, int status) implements RelayState {}

    /** {@return whose guest it is} */
    default Owner owner() {
        return switch (this) {
            case Waiting _, Misunderstood _, Received _ -> Owner.SOURCE;
            case Passing(_, long checkpoints) -> ownerOfBroken(checkpoints);
            case Refused(_, long checkpoints) -> ownerOfBroken(checkpoints);
            case Ended(_, boolean senderGone) -> senderGone ? Owner.RECEIVER : Owner.SOURCE;
            case GivenAway _ -> Owner.UNDECIDED;
            case Reported(_, int status) -> status == 0 ? Owner.RECEIVER : Owner.SOURCE;
        };
    }

    private static Owner ownerOfBroken(long checkpoints) {
        return checkpoints == 0 ? Owner.SOURCE : Owner.UNDECIDED;
    }

    /** {@return whether the image was passed on whole} */
    default boolean imagePassed() {
        return switch (this) {
            case Waiting _, Misunderstood _, Passing _, Refused _ -> false;
            case Ended _, Received _, GivenAway _, Reported _ -> true;
        };
    }

    /** {@return how many bytes of the image were passed on} */
    default long bytes() {
        return 0;
    }
}
