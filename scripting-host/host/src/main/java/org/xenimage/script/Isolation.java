package org.xenimage.script;

import org.xenimage.script.policy.Policy;

import java.util.Optional;
import java.util.Set;

/**
 * Which policies run in their own process: each in a JVM with its own heap, which cannot use the network or write
 * files. If such a process crashes, hangs or runs out of memory, only its policy fails.
 *
 * <p>{@code docs/isolation.md} describes the costs, and the program's {@code security.md} the protection on each
 * system.
 *
 * @param policies their names, in addition to those that a policy set isolates; empty for all policies
 * @param heap of each process, in MiB
 */
public record Isolation(Optional<Set<String>> policies, int heap) {
    /** The heap of a process, in MiB, by default. */
    public static final int HEAP = 256;

    /** Every policy runs in the host's own process. */
    public static final Isolation NONE = new Isolation(Optional.of(Set.of()), HEAP);

    /** Every policy runs in its own process. */
    public static final Isolation ALL = new Isolation(Optional.empty(), HEAP);

    /** Copies the names, and checks the heap. */
    public Isolation {
        policies = policies.map(Set::copyOf);
        if (heap < 32 || heap > 1 << 20)
            throw new IllegalArgumentException("heap: expected 32 to 1048576 MiB, found " + heap);
    }

    /**
     * Isolates some policies.
     *
     * @param names of the policies
     * @return which
     */
    public static Isolation only(Set<String> names) {
        return new Isolation(Optional.of(names), HEAP);
    }

    /**
     * Changes the heap.
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
