package org.xenimage.image.verify;

import org.xenimage.image.element.ImageElement;
import org.xenimage.image.fault.Fault;

import java.util.function.Consumer;

/** Where the rules of all layers report to: knows the source's name and the reading. */
final class FindingLog {
    private final String source;
    private final Reading reading;
    private final Consumer<Finding> to;

    FindingLog(String source, Reading reading, Consumer<Finding> to) {
        this.source = source;
        this.reading = reading;
        this.to = to;
    }

    Reading reading() {
        return reading;
    }

    Fault at(ImageElement element) {
        return Fault.in(source).at(element.offset()).element(element.label());
    }

    /** A fault that belongs to no element of the source. */
    Fault nowhere(String element) {
        return Fault.in(source).element(element);
    }

    /**
     * The same fault, with this source: an element that is parsed on its own does not know where it
     * came from.
     */
    Fault named(Fault fault) {
        return new Fault(
                source,
                fault.offset(),
                fault.element(),
                fault.field(),
                fault.expected(),
                fault.found(),
                fault.problem(),
                fault.remedy());
    }

    /** A field within an element; an element that was made here has no offset, nor have its fields. */
    Fault at(ImageElement element, long bytes, String field) {
        Fault fault = at(element).field(field);
        return element.offset() == Fault.NO_OFFSET ? fault : fault.at(element.offset() + bytes);
    }

    void error(Rule rule, Fault fault) {
        to.accept(new Finding(rule, Severity.ERROR, fault));
    }

    /** A break of the specification that a receiver ignores: an error to a judge, nothing to a receiver. */
    void unclean(Rule rule, Fault fault) {
        if (reading == Reading.VERIFY) error(rule, fault);
    }

    void warning(Rule rule, Fault fault) {
        to.accept(new Finding(rule, Severity.WARNING, fault));
    }

    void note(Rule rule, Fault fault) {
        to.accept(new Finding(rule, Severity.NOTE, fault));
    }
}
