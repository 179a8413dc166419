package org.xenimage.image.verify;

import org.xenimage.image.fault.Fault;

/**
 * Something that a rule found.
 *
 * @param rule that was broken
 * @param severity how bad it is
 * @param fault where it is, what was expected and found
 */
public record Finding(Rule rule, Severity severity, Fault fault) {
    @Override
    public String toString() {
        return fault.message() + " [" + rule.id() + "]";
    }
}
