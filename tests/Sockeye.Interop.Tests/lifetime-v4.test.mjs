import { lifetime } from './lifetime.mjs';

lifetime('4.8.4');
