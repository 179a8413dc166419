package org.xenimage.cli.output;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What a command needs from the JVM that the launcher starts for it. The build writes the table of all commands that
 * the launcher reads; a command without this needs no scripts and is short.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Needs {
    /** {@return which script engines} */
    Scripts scripts() default Scripts.NONE;

    /** {@return how much work it is} */
    Work work() default Work.SHORT;

    /**
     * {@return whether a process of the agent may run it: not one that decides a guest's life, or that a person types
     * in}
     */
    boolean agent() default true;

    /** Which script engines a command needs. */
    enum Scripts {
        /** None. */
        NONE,
        /** Those of the policies that its options and operands name; none if they name none. */
        NAMED,
        /** As NAMED, and those of the policies in the site's folder. */
        SITE,
        /** One, whatever is named. */
        ONE,
        /** All, because files that say so are found only by the command. */
        ALL,
        /** That of its language option, or all where a person may type. */
        TYPED
    }

    /** How much work a command is. */
    enum Work {
        /** Little, also with a large native image: what is wanted of it is read by its position. */
        BRIEF,
        /** Little, unless an operand is a large file or a pipe. */
        SHORT,
        /** Much: the optimising compiler pays. */
        LONG,
        /** Many images at a time, each with its own contexts. */
        MANY
    }
}
