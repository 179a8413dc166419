package org.xenimage.sample;

import org.xenimage.image.record.Record;

import java.util.List;

/** What an image of a guest has beside its pages, in the order in which Xen writes it. */
interface GuestState {
    /** {@return the records before the pages, STATIC_DATA_END included} */
    List<Record> beforePages();

    /** {@return the records after the pages, END excluded} */
    List<Record> afterPages();

    /** {@return the libxl records after the libxc stream, END excluded} */
    List<Record> emulator();
}
