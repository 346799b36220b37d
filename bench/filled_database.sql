-- What much use by others leaves; see filled_database.py. `numbers` counts from 1 to the number of
-- people; from "challenges" on, to that of challenges. `ago(share)` is a moment of the last days:
-- the first one for 0, now for 1, and to come for 2.

-- people
INSERT INTO users
  (username, username_key, username_skeleton, password_hash, email, full_name, created_at)
SELECT 'other' || i, 'other' || i, 'other' || i, '', 'other' || i || '@example.org', 'Other',
  ago(i * 1.0 / {people})
FROM numbers;

-- of people
INSERT INTO login_sessions (id, user_id, device, created_at, ended_at)
SELECT 'session' || i, {user} + i, 'Firefox', ago(i * 1.0 / {people}),
  CASE WHEN i % 2 = 0 THEN ago(i * 1.0 / {people}) END
FROM numbers;

INSERT INTO stream_tickets (id, session_id, stream, expires_at)
SELECT 'ticket' || i, 'session' || i, '/', ago(2) FROM numbers;

INSERT INTO password_resets (id, user_id, expires_at)
SELECT 'reset' || i, {user} + i, ago(2) FROM numbers;

INSERT INTO django_users (django_id, user_id) SELECT 'django' || i, {user} + i FROM numbers;

INSERT INTO blocks (blocker_id, blocked_id, created_at)
SELECT {user} + i, {user} + i - 1, ago(1) FROM numbers WHERE i > 1;

INSERT INTO topics (name, head, floor) SELECT 'user:' || ({user} + i), 1, 0 FROM numbers;

INSERT INTO events (topic, seq, type, fact, created_at)
SELECT 'user:' || ({user} + i), 1, 'challenge.invite_received', '{{}}', ago(i * 1.0 / {people})
FROM numbers;

INSERT INTO audit_log (at, os_user, action, subject, details)
SELECT ago(i * 1.0 / {people}), 'root', 'users create', 'user:' || ({user} + i), '{{}}'
FROM numbers WHERE i % 30 = 0;

INSERT INTO stream_workers (id, node, pid, seen_at)
SELECT 'worker' || i, 'node', i, ago(i * 1.0 / {people}) FROM numbers WHERE i <= 10;

INSERT INTO stream_notes
  (worker_id, number, user_id, session, topic, transport, mode, head, attempts, opened_at, ended_at)
SELECT 'worker' || (i % 10 + 1), i, {user} + i, 's', 'user:' || ({user} + i), 'sse', 'resumed', 1, 1,
  ago(i * 1.0 / {people}), ago(1)
FROM numbers;

INSERT INTO stream_looks (worker_id, at, since, moves, lost)
SELECT 'worker' || (i % 10 + 1), ago(i * 1.0 / {people}), ago(i * 1.0 / {people}), '[]', 0
FROM numbers;

-- challenges: of four hundred, three are not over, and in forty there is the first of these people;
-- of the newest hundredth, a quarter are searches, because no search lasts long
INSERT INTO challenges
  (challenge_type, status, challenger_id, opponent_id, question_ids, created_at, seen_at,
  accepted_at, started_at, completed_at, ended_at, winner_id, due_at)
SELECT kind, status, challenger, opponent, '[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]', created_at, ago(1),
  CASE WHEN status NOT LIKE 'pending_%' THEN created_at END,
  CASE WHEN is_over THEN created_at END,
  CASE WHEN is_over THEN created_at END,
  CASE WHEN is_over THEN created_at END,
  CASE WHEN is_over THEN challenger END,
  CASE WHEN NOT is_over THEN ago(2) END
FROM (
  SELECT kind, status, challenger, opponent, created_at,
    status IN ('completed', 'expired', 'cancelled', 'declined') AS is_over
  FROM (
    SELECT
      CASE i % 4 WHEN 0 THEN 'quick_quant_10' WHEN 1 THEN 'medium_verbal_15'
        WHEN 2 THEN 'comprehensive_20' ELSE 'accuracy_challenge' END AS kind,
      CASE WHEN i % 4 = 0 AND i > {challenges} * 0.99 THEN 'pending_matchmaking'
        WHEN i % 400 = 0 THEN 'pending_invite'
        WHEN i % 400 = 100 THEN 'accepted'
        WHEN i % 400 = 200 THEN 'ongoing'
        ELSE CASE i % 10 WHEN 7 THEN 'expired' WHEN 8 THEN 'cancelled' WHEN 9 THEN 'declined'
          ELSE 'completed' END
      END AS status,
      {user} + CASE WHEN i % 20 = 5 THEN 1 ELSE i % {people} + 1 END AS challenger,
      CASE WHEN i % 20 = 15 THEN {user} + 1
        WHEN i % 4 > 0 OR i <= {challenges} * 0.99 THEN {user} + (i * 7 + 3) % {people} + 1 END AS opponent,
      ago(i * 1.0 / {challenges}) AS created_at
    FROM numbers
  ) AS drawn
) AS drawn;

-- of challenges
INSERT INTO attempts (id, challenge_id, user_id, score, is_ready)
SELECT id * 2, id, challenger_id, 0, 1 = 1 FROM challenges WHERE id > {challenge};

INSERT INTO attempts (id, challenge_id, user_id, score, is_ready)
SELECT id * 2 + 1, id, opponent_id, 0, 1 = 1 FROM challenges
WHERE id > {challenge} AND opponent_id IS NOT NULL;

INSERT INTO answers
  (challenge_id, user_id, question_id, selected_choice, is_correct, answered_at)
SELECT challenges.id, challenger_id, questions.id, 'A', 1 = 1, challenges.created_at
FROM challenges, questions WHERE challenges.id > {challenge} AND questions.id <= 2;

INSERT INTO topics (name, head, floor)
SELECT 'challenge:' || id, 5, 0 FROM challenges WHERE id > {challenge};

INSERT INTO events (topic, seq, type, fact, created_at)
SELECT 'challenge:' || id, column1, 'participant.update', '{{"id": 14, "is_ready": true}}', created_at
FROM challenges, (VALUES (1), (2), (3), (4), (5)) AS seq WHERE id > {challenge};

INSERT INTO idempotency_keys (user_id, key, request, challenge_id, created_at)
SELECT challenger_id, 'key' || id, 'POST', id, created_at FROM challenges
WHERE id > {challenge};
