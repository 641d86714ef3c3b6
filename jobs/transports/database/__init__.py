"""Front-end database (前置库): a point's rows in tables that bear its dialect's names, read as one consistent snapshot.

Everything that a pull learns of a point comes from one read-only transaction: what is offered, how many rows each file
has and what their money adds up to, by the database's own `count` and `sum`, and the rows, which are streamed twice: once
for size and digest of the manifest, once to be sealed. No more than some thousand rows are held. A snapshot that breaks
is begun anew from the beginning, a few times; nothing of a broken one is kept.

**Batches.** The vendor lists its deliveries in a table and marks each row with the number of its batch. A batch becomes a
delivery under a name made of its sequence and its stamp of offering; one whose name was taken is not read again.

**Update stamps.** There is no list; a column of every table says when a row last changed. A delivery has the rows whose
stamp is later than what was read before and not later than the newest one of the source before the night's cut-off. It
is an increment; its sequence follows the last landed one; its business date is the day of the newest stamp, but no later
than the night; the newest stamp is also the stamp of extraction and of offering. All of this follows from the source, the
night and what has landed, so that the same state of the source makes the same manifest and the same name whenever it is
read. Where the source has nothing new there is no delivery.

**Watermark.** The stamp up to which rows are published: that of the newest landed delivery of a finished batch of the
ledger (`jobs.shelves.watermark`). Landing does not move it. What has landed since waits for the next batch and is never
lost, so that reading goes on behind it: nothing is read twice. Where such a delivery is taken away before its night is
published, reading goes back to the watermark. A refused delivery claims neither stamp nor sequence: it is offered again
under the same name while the source stands still, which is not read again, and in a new delivery, with its rows as they
are then, once anything changes.
"""

from jobs.transports.database.outbox import opened

__all__ = ["opened"]
