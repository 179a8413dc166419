package org.xenimage.migrate;

import java.util.List;

/**
 * The outcome of holding what an image needs against what a host takes.
 *
 * <p>{@link #negotiate} is a pure function: it reads nothing, and equal arguments give equal outcomes. What the host
 * does not state is not judged, and the outcome lists it.
 */
public sealed interface Negotiation permits Plan, NoPlan {
    /**
     * Finds the form in which a host takes an image with the smallest losses.
     *
     * @param needs of the image
     * @param host what it takes
     * @return a {@link Plan}; or a {@link NoPlan}, with every form that was considered and what blocks it
     */
    static Negotiation negotiate(ImageNeeds needs, HostCapabilities host) {
        return new Judgement(needs, host).outcome();
    }

    /** {@return what was not judged, since the image or the host does not state it} */
    List<String> unjudged();

    /** {@return whether the host takes the image as it is} */
    default boolean asItIs() {
        return this instanceof Plan plan && plan.fallbacks().isEmpty();
    }
}
