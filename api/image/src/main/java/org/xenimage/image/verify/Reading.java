package org.xenimage.image.verify;

/** The two ways of reading a specification that says: reserved fields are zero on save, and ignored on restore. */
public enum Reading {
    /** As a receiver: what would make a restore fail, or go wrong. */
    RESTORE,
    /** As a judge of the sender: reserved fields and padding too. */
    VERIFY
}
