// Made from the service's OpenAPI document by `make client-types`. Do not edit.

export interface Accepted {
  challenge_id: number;
  accepted_by: string;
}

export interface AnswerBody {
  question_id: number;
  selected_answer: Choice;
  time_taken_seconds?: number | null;
}

export interface AnswerReceived {
  status: "answer_received";
  is_correct: boolean;
  challenge_ended: boolean;
  detail: string;
  final_results?: ChallengeResult;
}

export interface AnswerResult {
  user_id: number;
  question_id: number;
  is_correct: boolean;
  selected_answer: Choice | null;
  current_score: number;
}

/** An answer was recorded. */
export interface AnswerResultMessage {
  /**
   * The number of the message in its topic, where it is polled, and on WebSockets opened with `?ids=1`. On a stream
   * of Server-Sent Events it is the event's own id.
   */
  id?: number;
  type: "answer.result";
  payload: AnswerResult;
}

export interface Cancelled {
  challenge_id: number;
  cancelled_by: string;
}

/** Your invite was accepted, or an opponent was found. */
export interface ChallengeAcceptedNotificationMessage {
  /**
   * The number of the message in its topic, where it is polled, and on WebSockets opened with `?ids=1`. On a stream
   * of Server-Sent Events it is the event's own id.
   */
  id?: number;
  type: "challenge_accepted_notification";
  payload: Accepted;
}

export interface ChallengeAttempt {
  id: number;
  user: SimpleUser;
  score: number;
  is_ready: boolean;
  start_time: string | null;
  end_time: string | null;
  is_online: boolean;
  userId: number;
  isReady: boolean;
}

/** An invite to you was withdrawn, or the other one has left before the start. */
export interface ChallengeCancelledNotificationMessage {
  /**
   * The number of the message in its topic, where it is polled, and on WebSockets opened with `?ids=1`. On a stream
   * of Server-Sent Events it is the event's own id.
   */
  id?: number;
  type: "challenge_cancelled_notification";
  payload: Cancelled;
}

export interface ChallengeConfig {
  num_questions: number;
  time_limit_seconds: number | null;
  allow_hints: boolean;
  sections: string[];
  description: string;
  is_speed_challenge: boolean;
  is_accuracy_challenge: boolean;
}

/** Your invite was declined. */
export interface ChallengeDeclinedNotificationMessage {
  /**
   * The number of the message in its topic, where it is polled, and on WebSockets opened with `?ids=1`. On a stream
   * of Server-Sent Events it is the event's own id.
   */
  id?: number;
  type: "challenge_declined_notification";
  payload: Declined;
}

export interface ChallengeDetail {
  id: number;
  challenger: SimpleUser;
  opponent: SimpleUser | null;
  challenge_type: string;
  challenge_type_display: string;
  status: ChallengeStatus;
  status_display: string;
  winner: SimpleUser | null;
  created_at: string;
  completed_at: string | null;
  user_is_participant: boolean;
  user_is_winner: boolean | null;
  user_score: number | null;
  opponent_score: number | null;
  attempts: ChallengeAttempt[];
  challenge_config: ChallengeConfig;
  questions: Question[];
  is_match: boolean;
  accepted_at: string | null;
  ready_deadline_at: string | null;
  started_at: string | null;
  first_question_at: string | null;
  deadline_at: string | null;
  server_time: string;
  end_reason: EndReason | null;
}

/** The challenge is completed: here are the right answers. */
export interface ChallengeEndMessage {
  /**
   * The number of the message in its topic, where it is polled, and on WebSockets opened with `?ids=1`. On a stream
   * of Server-Sent Events it is the event's own id.
   */
  id?: number;
  type: "challenge.end";
  payload: ChallengeResult;
}

export interface ChallengeList {
  id: number;
  challenger: SimpleUser;
  opponent: SimpleUser | null;
  challenge_type: string;
  challenge_type_display: string;
  status: ChallengeStatus;
  status_display: string;
  winner: SimpleUser | null;
  created_at: string;
  completed_at: string | null;
  user_is_participant: boolean;
  user_is_winner: boolean | null;
  user_score: number | null;
  opponent_score: number | null;
}

export interface ChallengePage {
  count: number;
  next: string | null;
  previous: string | null;
  results: ChallengeList[];
}

/** The detail of a completed challenge. */
export interface ChallengeResult {
  id: number;
  challenger: SimpleUser;
  opponent: SimpleUser | null;
  challenge_type: string;
  challenge_type_display: string;
  status: ChallengeStatus;
  status_display: string;
  winner: SimpleUser | null;
  created_at: string;
  completed_at: string | null;
  user_is_participant: boolean;
  user_is_winner: boolean | null;
  user_score: number | null;
  opponent_score: number | null;
  attempts: ChallengeAttempt[];
  challenge_config: ChallengeConfig;
  questions: Question[];
  is_match: boolean;
  accepted_at: string | null;
  ready_deadline_at: string | null;
  started_at: string | null;
  first_question_at: string | null;
  deadline_at: string | null;
  server_time: string;
  end_reason: EndReason | null;
}

/** Both participants are ready: here are the questions. */
export interface ChallengeStartMessage {
  /**
   * The number of the message in its topic, where it is polled, and on WebSockets opened with `?ids=1`. On a stream
   * of Server-Sent Events it is the event's own id.
   */
  id?: number;
  type: "challenge.start";
  payload: ChallengeDetail;
}

export type ChallengeStatus = "pending_invite" | "pending_matchmaking" | "accepted" | "ongoing" | "completed" | "declined" | "cancelled" | "expired";

export interface ChallengeTypeInfo {
  key: string;
  name: string;
  description: string;
  num_questions: number;
  time_limit_seconds: number | null;
  allow_hints: boolean;
}

export type ChallengeTypeKey = "quick_quant_10" | "medium_verbal_15" | "comprehensive_20" | "speed_challenge_5min" | "accuracy_challenge";

/** The status or the participants have changed; also the snapshot that opens a stream. */
export interface ChallengeUpdateMessage {
  /**
   * The number of the message in its topic, where it is polled, and on WebSockets opened with `?ids=1`. On a stream
   * of Server-Sent Events it is the event's own id.
   */
  id?: number;
  type: "challenge.update";
  payload: ChallengeDetail;
}

export type Choice = "A" | "B" | "C" | "D";

export interface Closed {
  status: "declined" | "cancelled";
  detail: string;
}

export interface Credentials {
  /** A username or an e-mail address. */
  username: string;
  password: string;
  /** False: the cookie ends with the browser, and the tokens after a day. */
  rememberMe?: boolean | null;
}

export interface Declined {
  challenge_id: number;
  declined_by: string;
}

export type EndReason = "answered" | "time" | "left";

export interface ErrorDetail {
  detail: string;
}

/** A message that this connection sent was refused. */
export interface ErrorMessage {
  /**
   * The number of the message in its topic, where it is polled, and on WebSockets opened with `?ids=1`. On a stream
   * of Server-Sent Events it is the event's own id.
   */
  id?: number;
  type: "error";
  payload: ErrorDetail;
}

export type ErrorResponse = ErrorDetail | FieldErrors;

export interface EventsPage {
  events: Message[];
  head: number;
  reset: boolean;
}

/** What is wrong, by the name of the field; `non_field_errors` for a bad combination. */
export type FieldErrors = Record<string, string[]>;

export interface InviteLink {
  token: string;
  url: string;
  /** The address as a QR code: an SVG element. */
  qr_svg: string;
}

export interface IssuedTicket {
  ticket: string;
  expires_in: number;
}

export interface LinkBody {
  /** The last part of the link's address. */
  token: string;
}

/** The texts of a question with their formulas in MathML, as HTML; null is a text without a formula. */
export interface Markup {
  question_text: string | null;
  options: OptionsMarkup;
  hint: string | null;
  solution_method_summary: string | null;
  explanation: string | null;
}

export interface Me {
  id: number;
  username: string;
  full_name: string | null;
  preferred_name: string | null;
  grade: string | null;
  profile_picture_url: string | null;
  role: string;
  points: number;
  level_determined: boolean;
  profile_complete: boolean;
  is_staff: boolean;
  is_super: boolean;
  unread_notifications_count: number;
  current_streak_days: number;
  referral: null;
  subscription: Subscription;
  email: string | null;
  created_at: string;
  listed_online: boolean;
  language_code: string;
}

/** Any message of a stream, told apart by `type`. */
export type Message =
  | ChallengeUpdateMessage
  | ParticipantUpdateMessage
  | ChallengeStartMessage
  | AnswerResultMessage
  | ChallengeEndMessage
  | ErrorMessage
  | NewChallengeInviteMessage
  | ChallengeAcceptedNotificationMessage
  | ChallengeDeclinedNotificationMessage
  | ChallengeCancelledNotificationMessage;

export interface NewChallenge {
  challenge_type: ChallengeTypeKey;
  /** Whom to invite. Missing, null, blank or `RANDOM`, in any letter case: anybody. */
  opponent_username?: string | null;
}

/** Somebody invites you to a challenge. */
export interface NewChallengeInviteMessage {
  /**
   * The number of the message in its topic, where it is polled, and on WebSockets opened with `?ids=1`. On a stream
   * of Server-Sent Events it is the event's own id.
   */
  id?: number;
  type: "new_challenge_invite";
  payload: ChallengeList;
}

export interface NewLink {
  challenge_type: ChallengeTypeKey;
}

export interface OpponentAnswerDetails {
  selected_choice: Choice | null;
  is_correct: boolean;
}

export interface Options {
  A: string;
  B: string;
  C: string;
  D: string;
}

export interface OptionsMarkup {
  A: string | null;
  B: string | null;
  C: string | null;
  D: string | null;
}

/** A participant's readiness, score or end has changed. */
export interface ParticipantUpdateMessage {
  /**
   * The number of the message in its topic, where it is polled, and on WebSockets opened with `?ids=1`. On a stream
   * of Server-Sent Events it is the event's own id.
   */
  id?: number;
  type: "participant.update";
  payload: ChallengeAttempt;
}

export interface PasswordChange {
  old_password: string;
  new_password: string;
}

export interface PasswordReset {
  token: string;
  new_password: string;
}

export interface Preferences {
  /** Null or blank: the username. */
  full_name?: string | null;
  /** Null or blank: none, so that others see another name. */
  preferred_name?: string | null;
  /** Null or blank: none. */
  grade?: string | null;
  /** Whether others see this user in the list of who is online. */
  listed_online?: boolean | null;
}

export interface Question {
  id: number;
  question_text: string;
  image: string | null;
  options: Options;
  difficulty: 1 | 2 | 3 | 4 | 5;
  hint: string | null;
  solution_method_summary: string | null;
  correct_answer: Choice | null;
  explanation: string | null;
  section: Section;
  subsection: Subsection;
  skill: Skill | null;
  is_starred: boolean;
  markup: Markup | null;
  user_answer_details: UserAnswerDetails | null;
  opponent_answer_details: OpponentAnswerDetails | null;
}

export interface ReadyMarked {
  user_status: "ready";
  challenge_status: ChallengeStatus;
  challenge_started: boolean;
  detail: string;
}

export interface RecordBetween {
  wins: number;
  losses: number;
  draws: number;
}

export interface RefreshBody {
  refresh: string;
}

export interface Registration {
  username: string;
  password: string;
  email?: string | null;
  full_name?: string | null;
  preferred_name?: string | null;
  grade?: string | null;
}

export interface Section {
  id: number;
  name: string;
  slug: string;
}

export interface SeekersOfType {
  key: ChallengeTypeKey;
  seekers: number;
}

export type SeekersResponse = SeekersOfType[];

export interface SessionInfo {
  id: string;
  created_at: string;
  device: string | null;
  is_current: boolean;
}

export interface SessionsEnded {
  ended_sessions: number;
  detail: string;
}

export interface SessionsPage {
  count: number;
  results: SessionInfo[];
}

export interface SignedInUser {
  access: string;
  refresh: string;
  user: SimpleUser;
}

export interface SimpleUser {
  id: number;
  username: string;
  full_name: string | null;
  preferred_name: string | null;
  grade: string | null;
  profile_picture_url: string | null;
}

export interface Skill {
  id: number;
  name: string;
  slug: string;
  description: string | null;
}

/** Why the service ends the stream, and when to come back. */
export interface StreamClosing {
  state: "closing";
  reason: "draining" | "max_age" | "signed_out" | "disabled" | "slow" | "limit";
  /** Why somebody was signed out, if not by signing out. */
  cause?: "password_changed";
  retry_ms: number;
}

export interface StreamName {
  /**
   * The stream's address without host: `/sse/challenges/12/`, or `/sse/stream/?topics=challenges/12,notifications`.
   */
  stream: string;
}

/** How a topic begins: the first event of every stream. */
export interface StreamOpened {
  state: "open";
  /** On a stream of several topics. */
  topic?: string;
  /** A reset: the messages after the id that was sent cannot be served. */
  mode: "snapshot" | "resumed" | "reset";
  /**
   * The id that the client sent, -1 where it could not be read. Of a stream that opens without one, the same as
   * `head`.
   */
  after: number;
  /** The id of the topic's newest message at this moment, which is that of a snapshot as well. */
  head: number;
}

/** Nothing will follow: the challenge is over, and its last message was sent. */
export interface StreamOver {
  state: "over";
  /** On a stream of several topics. */
  topic?: string;
}

/** On a stream of several topics: this one is not followed, and why. */
export interface StreamRefused {
  state: "refused";
  topic: string;
  status: number;
  detail: string;
}

export interface Subscription {
  is_active: boolean;
}

export interface Subsection {
  id: number;
  name: string;
  slug: string;
  description: string | null;
  order: number;
  is_active: boolean;
}

export interface TokenPair {
  access: string;
  refresh: string;
}

export type TypesResponse = ChallengeTypeInfo[];

export interface UserAnswerDetails {
  selected_choice: Choice;
  is_correct: boolean;
  time_taken_seconds: number | null;
  used_hint: boolean;
  used_elimination: boolean;
  revealed_answer: boolean;
  revealed_explanation: boolean;
}

export interface UserEnvelope {
  user: SimpleUser;
}

export interface UserPage {
  count: number;
  results: SimpleUser[];
}
