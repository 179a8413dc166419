package org.xenimage.cli.rewrite;

import org.xenimage.script.policy.Operation;

import picocli.CommandLine;

import java.util.Iterator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** An operation by the name that policies give it, such as {@code migrate-out}. */
final class OperationName implements CommandLine.ITypeConverter<Operation>, Iterable<String> {
    @Override
    public Operation convert(String name) {
        return Stream.of(Operation.values())
                .filter(operation -> operation.policyName().equals(name))
                .findFirst()
                .orElseThrow(() ->
                        new CommandLine.TypeConversionException(
                                "expected %s; found '%s'"
                                        .formatted(
                                                names().collect(Collectors.joining(", ")), name)));
    }

    @Override
    public Iterator<String> iterator() {
        return names().iterator();
    }

    private static Stream<String> names() {
        return Stream.of(Operation.values()).map(Operation::policyName);
    }
}
