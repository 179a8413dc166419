package org.xenimage.script;

import org.xenimage.script.policy.Policy;

import java.util.Optional;
import java.util.Set;

/**
 * Which policies run in a process of their own: a JVM each, with a heap of its own, no environment, no network, and no
 * file that it could write. Whatever such a process does, uses up or dies of is the failure of its policy.
 *
 * <p>{@code docs/isolation.md} says what it costs, and {@code security.md} of the program what it gives on which
 * system.
 *
 * @param policies their names, in addition to those that a policy set isolates; nothing for all
 * @param heap of each process, in MiB
 */
public record Isolation(Optional<Set<String>> policies, int heap) {
    /** The heap of a process, in MiB, if nothing else is said. */
    public static final int HEAP = 256;

    /** Every policy runs in the host's own process. */
    public static final Isolation NONE = new Isolation(Optional.of(Set.of()), HEAP);

    /** Every policy has a process of its own. */
    public static final Isolation ALL = new Isolation(Optional.empty(), HEAP);

    /** Copies the names, and checks the heap. */
    public Isolation {
        policies = policies.map(Set::copyOf);
        if (heap < 32 || heap > 1 << 20)
            throw new IllegalArgumentException("heap: expected 32 to 1048576 MiB, found " + heap);
    }

    /**
     * Some policies have a process of their own.
     *
     * @param names of the policies
     * @return which
     */
    public static Isolation only(Set<String> names) {
        return new Isolation(Optional.of(names), HEAP);
    }

    /**
     * Another heap.
     *
     * @param mebibytes of each process
     * @return the same policies with that heap
     */
    public Isolation withHeap(int mebibytes) {
        return new Isolation(policies, mebibytes);
    }

    boolean includes(Policy policy) {
        return policy.given().isolated()
                || policies.isEmpty()
                || policies.get().contains(policy.name());
    }
}
