package org.xenimage.script.policy;

import org.xenimage.script.api.ScriptType;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The operation on the image: the values of a policy's {@code on}. */
public enum Operation {
    /** A domain is saved. */
    SAVE,
    /** A domain is restored. */
    RESTORE,
    /** A domain leaves for another host. */
    MIGRATE_OUT,
    /** A domain comes from another host. */
    MIGRATE_IN,
    /** An image is rewritten, no domain being concerned. */
    REWRITE;

    /** What an operation is to scripts: its name. */
    public static final ScriptType TYPE =
            new ScriptType.Choice(
                    "Operation", Arrays.stream(values()).map(Operation::policyName).toList());

    /** {@return the name that policies use, such as {@code migrate-out}} */
    public String policyName() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * Finds an operation.
     *
     * @param policyName such as {@code migrate-out}
     * @return the operation, if there is one of this name
     */
    public static Optional<Operation> named(String policyName) {
        for (Operation operation : values())
            if (operation.policyName().equals(policyName)) return Optional.of(operation);
        return Optional.empty();
    }
}
