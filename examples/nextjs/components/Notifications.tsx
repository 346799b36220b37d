"use client";

import type { ChallengeList, Message } from "qader-sse-client";
import Link from "next/link";
import { usePathname, useRouter } from "next/navigation";
import { useEffect, useState, type ReactNode } from "react";
import { useAuth } from "@/hooks/useAuth";
import { useStream } from "@/hooks/useStream";
import { messageOf } from "@/lib/apiClient";
import { accept, decline, pendingInvites } from "@/lib/service";

/** Asks about invites, and tells what became of one's own, on whatever page the user is. */
export function Notifications() {
  const { user } = useAuth();
  return user && <NotificationsOf key={user.id} />;
}

function NotificationsOf() {
  const [invites, setInvites] = useState<ChallengeList[]>([]);
  const [news, setNews] = useState<{ text: ReactNode; page: string } | null>(null);
  const router = useRouter();
  const page = usePathname();
  const add = (more: ChallengeList[]) =>
    setInvites((all) => [...all.filter(({ id }) => more.every((one) => one.id !== id)), ...more]);
  const remove = (id: number) => setInvites((all) => all.filter((invite) => invite.id !== id));

  /** Tell it until the user goes to another page. The page of a challenge needs no news of it. */
  function tell(text: ReactNode, challengeId?: number) {
    setNews(page === `/challenges/${challengeId}` ? null : { text, page });
  }

  function hear(message: Message) {
    switch (message.type) {
      case "new_challenge_invite":
        return add([message.payload]);
      case "challenge_accepted_notification": {
        const { accepted_by, challenge_id } = message.payload;
        const link = <Link href={`/challenges/${challenge_id}`}>{accepted_by} has accepted.</Link>;
        return tell(link, challenge_id);
      }
      case "challenge_declined_notification": {
        const { declined_by, challenge_id } = message.payload;
        return tell(`${declined_by} has declined.`, challenge_id);
      }
      case "challenge_cancelled_notification": {
        const { cancelled_by, challenge_id } = message.payload;
        remove(challenge_id);
        return tell(`${cancelled_by} has cancelled the challenge.`, challenge_id);
      }
    }
  }

  // Notifications open without a snapshot: what came before, or while nobody listened, REST knows.
  const status = useStream("challenges/notifications/", hear);
  useEffect(() => {
    if (status === "open") pendingInvites().then(add, (error: unknown) => tell(messageOf(error)));
  }, [status]);

  async function settle(invite: ChallengeList, isAccepted: boolean) {
    remove(invite.id);
    try {
      await (isAccepted ? accept(invite.id) : decline(invite.id));
      if (isAccepted) router.push(`/challenges/${invite.id}`);
    } catch (error) {
      tell(messageOf(error));
    }
  }

  return (
    <aside data-notifications={status}>
      {invites.map((invite) => (
        <dialog key={invite.id} open data-invite={invite.id}>
          <p>
            {invite.challenger.username}: {invite.challenge_type_display}
          </p>
          <button onClick={() => settle(invite, true)}>Accept</button>
          <button onClick={() => settle(invite, false)}>Decline</button>
        </dialog>
      ))}
      <p role="status">{news?.page === page && news.text}</p>
    </aside>
  );
}
